/** Which page each path shows; a page is loaded when it is shown first. */

import type { Component } from 'svelte'

type Page = Component<{ id: string; more: string }>
type Load = () => Promise<{ default: Page }>

interface Route {
  path: RegExp
  load: Load
}

/** A path with `:id` for one part of it, and `:more` for another. */
function at(path: string, load: () => Promise<unknown>): Route {
  const pattern = path.replace(/:(\w+)/g, '(?<$1>[^/]+)')
  return { path: new RegExp(`^${pattern}/?$`), load: load as Load }
}

const ROUTES: readonly Route[] = [
  at('/', () => import('./pages/Dashboard.svelte')),
  at('/dashboard', () => import('./pages/Dashboard.svelte')),
  at('/runs', () => import('./pages/Runs.svelte')),
  at('/runs/compare', () => import('./pages/Compare.svelte')),
  at('/runs/flow-run/:id', () => import('./pages/FlowRun.svelte')),
  at('/runs/task-run/:id', () => import('./pages/TaskRun.svelte')),
  at('/flows', () => import('./pages/Flows.svelte')),
  at('/flows/flow/:id', () => import('./pages/Flow.svelte')),
  at('/deployments', () => import('./pages/Deployments.svelte')),
  at('/deployments/deployment/:id', () => import('./pages/Deployment.svelte')),
  at('/deployments/deployment/:id/run', () => import('./pages/DeploymentRun.svelte')),
  at('/work-pools', () => import('./pages/WorkPools.svelte')),
  at('/work-pools/work-pool/:id', () => import('./pages/WorkPool.svelte')),
  at('/work-pools/work-pool/:id/queue/:more', () => import('./pages/WorkQueue.svelte')),
  at('/blocks', () => import('./pages/Blocks.svelte')),
  at('/blocks/catalog', () => import('./pages/BlockCatalog.svelte')),
  at('/blocks/catalog/:id/create', () => import('./pages/BlockForm.svelte')),
  at('/blocks/block/:id', () => import('./pages/Block.svelte')),
  at('/concurrency-limits', () => import('./pages/Limits.svelte')),
  at('/artifacts', () => import('./pages/Artifacts.svelte')),
  at('/artifacts/key/:id', () => import('./pages/ArtifactKey.svelte')),
  at('/artifacts/artifact/:id', () => import('./pages/Artifact.svelte')),
  at('/events', () => import('./pages/Events.svelte')),
  at('/events/event/:more/:id', () => import('./pages/Event.svelte')),
  at('/assets', () => import('./pages/Assets.svelte')),
  at('/assets/asset', () => import('./pages/Asset.svelte')),
  at('/automations', () => import('./pages/Automations.svelte')),
  at('/automations/create', () => import('./pages/AutomationForm.svelte')),
  at('/automations/automation/:id', () => import('./pages/Automation.svelte')),
  at('/variables', () => import('./pages/Variables.svelte')),
  at('/settings', () => import('./pages/Settings.svelte')),
]

/** The page at a path and the parts of the path, or undefined. */
export function pageAt(path: string): { load: Load; id: string; more: string } | undefined {
  for (const route of ROUTES) {
    const found = route.path.exec(path)
    if (found) return { load: route.load, id: decoded(found.groups?.['id']), more: decoded(found.groups?.['more']) }
  }
  return undefined
}

function decoded(part: string | undefined): string {
  return part ? decodeURIComponent(part) : ''
}
