import { expect, test } from 'vitest'
import { automationFor } from '../src/domain/telling'

const FLOW = { kind: 'flow', id: 'f', name: 'nightly' } as const

test('a notification block is sent a message, a webhook is called', () => {
  const by = (type: string) => automationFor(FLOW, { id: 'b', name: 'ops', type }).actions

  expect(by('slack-webhook')).toMatchObject([{ type: 'send-notification', block_document_id: 'b' }])
  expect(by('webhook')).toMatchObject([{ type: 'call-webhook', block_document_id: 'b' }])
})

test('runs that fail and runs that crash are told of, of that flow alone', () => {
  expect(automationFor(FLOW, { id: 'b', name: 'ops', type: 'slack-webhook' })).toMatchObject({
    name: 'Tell of failures of nightly',
    trigger: {
      match: { 'prefect.state-type': ['FAILED', 'CRASHED'] },
      match_related: { 'prefect.resource.role': 'flow', 'prefect.resource.id': 'prefect.flow.f' },
    },
  })
})
