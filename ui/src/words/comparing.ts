import type { Words } from '.'

export const comparing = {
  'compare.title': ['Compare runs', '比较运行'],
  'compare.do': ['Compare', '比较'],
  'compare.before': ['Compare with the one before', '与上一次比较'],
  'compare.first': ['This is the first run of its flow; there is none before it.', '这是该流程的第一次运行，没有更早的运行。'],
  'compare.choose': ['Choose two runs', '请选择两个运行'],
  'compare.choose.advice': ['Tick two runs on the page of runs, then Compare.', '在运行页面勾选两个运行，然后点击“比较”。'],
  'compare.swap': ['Swap sides', '交换两侧'],
  'compare.a': ['First run', '第一个运行'],
  'compare.b': ['Second run', '第二个运行'],
  'compare.change': ['Change', '变化'],
  'compare.differs': ['differs', '不同'],
  'compare.same': ['Both were given the same parameters.', '两者的参数相同。'],
  'compare.message': ['Message', '消息'],
  'compare.attempts': ['Attempts', '尝试次数'],
  'compare.version': ['Version of the flow', '流程版本'],
  'compare.task': ['Task', '任务'],
  'compare.tasks': ['Tasks, those that changed most first', '任务（变化最大的在前）'],
  'compare.tasks.none': ['Neither run has tasks.', '两个运行都没有任务。'],
  'compare.tasks.some': ['Only the first {count} tasks of each run are compared.', '仅比较每个运行的前 {count} 个任务。'],
  'compare.count': ['{count} ×', '{count} ×'],
} as const satisfies Words
