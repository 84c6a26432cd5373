/** Who is told of failures, and by which block: the automation that does so. */

import type { BlockName } from './blocks'

export interface Whose {
  kind: 'flow' | 'deployment'
  id: string
  name: string
}

const SUBJECT = '{{ flow.name }}: {{ labels["prefect.state-name"] }}'
const BODY = [
  `The flow run '{{ flow_run.name }}' of '{{ flow.name }}' is {{ labels["prefect.state-name"] }}.`,
  '{{ labels["prefect.state-message"] }}',
  '{{ flow_run|ui_url }}',
].join('\n')
const PAYLOAD =
  '{"flow": {{ flow.name|tojson }}, "flow_run": {{ flow_run.name|tojson }}, "state": {{ labels["prefect.state-name"]|tojson }}, ' +
  '"message": {{ labels["prefect.state-message"]|tojson }}, "url": {{ flow_run|ui_url|tojson }}}'

/** The automation that tells, by a saved block, of runs that fail, crash or are killed. */
export function automationFor(whose: Whose, block: BlockName): Record<string, unknown> {
  const action =
    block.type === 'webhook'
      ? { type: 'call-webhook', block_document_id: block.id, payload: PAYLOAD }
      : { type: 'send-notification', block_document_id: block.id, subject: SUBJECT, body: BODY }
  return {
    name: `Tell of failures of ${whose.name}`,
    description: `Tells by ${block.type}/${block.name}.`,
    trigger: {
      type: 'event',
      posture: 'Reactive',
      expect: ['prefect.flow-run.*'],
      match: { 'prefect.resource.id': 'prefect.flow-run.*', 'prefect.state-type': ['FAILED', 'CRASHED'] },
      match_related: { 'prefect.resource.role': whose.kind, 'prefect.resource.id': `prefect.${whose.kind}.${whose.id}` },
      for_each: ['prefect.resource.id'],
      threshold: 1,
      within: 0,
    },
    actions: [action],
  }
}
