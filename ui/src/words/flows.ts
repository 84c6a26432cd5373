import type { Words } from '.'

export const flows = {
  'flows.title': ['Flows', '流程'],
  'flows.search': ['Search flows by name', '按名称搜索流程'],
  'flows.none': ['No flow has run here yet', '还没有运行过流程'],
  'flows.none.match': ['No flow has such a name', '没有匹配的流程'],
  'flows.none.advice': ['Run a program with a flow; the flow appears here:', '运行含有流程的程序，流程会出现在这里：'],
  'flows.last': ['Last run', '上次运行'],
  'flows.next': ['Next run', '下次运行'],
  'flow.one': ['{count} flow', '{count} 个流程'],
  'flow.many': ['{count} flows', '{count} 个流程'],
  'flow.runs': ['Runs', '运行'],
  'flow.runs.none': ['This flow has no runs.', '该流程没有运行。'],
  'flow.runs.all': ['All runs of this flow', '该流程的所有运行'],
  'flow.deployments': ['Deployments', '部署'],
  'flow.deployments.none': ['This flow has no deployments', '该流程没有部署'],
  'flow.deployments.advice': ['Deploy it, so that it can be started from here:', '部署它，即可从这里启动：'],
  'flow.delete.sure': ['Delete the flow {name} with all its runs and deployments?', '删除流程 {name} 及其所有运行和部署？'],
  'flow.deleted': ['{name} is deleted.', '{name} 已删除。'],
} as const satisfies Words
