import type { Words } from '.'

export const telling = {
  'tell.me': ['Tell me of failures', '失败时通知我'],
  'tell.title': ['Tell of failures of {name}', '{name} 失败时发送通知'],
  'tell.means': ['Somebody is told whenever a run fails, crashes or is killed.', '运行失败、崩溃或被终止时都会发送通知。'],
  'tell.by': ['By', '通知方式'],
  'tell.none': ['No saved block can tell anybody yet.', '还没有可用于通知的块。'],
  'tell.make': ['Make a notification block or a webhook', '创建通知块或 Webhook'],
  'tell.do': ['Tell of failures', '发送失败通知'],
  'tell.done': ['Failures of {name} are told by {block}.', '{name} 的失败将通过 {block} 通知。'],
} as const satisfies Words
