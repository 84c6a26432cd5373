import { mount } from 'svelte'
import App from './App.svelte'
import { href } from './place.svelte'
import './styles.css'

// A browser looks for the icon again on each page, from there on.
const icon = document.querySelector<HTMLLinkElement>('link[rel=icon]')
if (icon) icon.href = href('/icon.svg')

const target = document.getElementById('app')
if (target) mount(App, { target })
