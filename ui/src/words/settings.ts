import type { Words } from '.'

export const settings = {
  'settings.title': ['Settings', '设置'],
  'settings.viewer': ['This browser', '此浏览器'],
  'settings.zone': ['Time zone', '时区'],
  'settings.health': ['Health', '健康状况'],
  'settings.version': ['Version', '版本'],
  'settings.server': ['Server', '服务器'],
  'settings.server.up': ['answers', '正常响应'],
  'settings.server.down': ['does not answer', '没有响应'],
  'settings.database': ['Database', '数据库'],
  'settings.took': ['Answered in', '响应耗时'],
  'settings.api': ['API', 'API'],
  'settings.all': ['Settings of the server', '服务器设置'],
  'settings.all.advice': ['Secrets are not told. Settings are changed where the server runs, for instance:', '密钥不会显示。请在服务器所在机器上修改设置，例如：'],
  'settings.find': ['Find a setting', '查找设置'],
  'settings.name': ['Setting', '设置项'],
  'settings.value': ['Value', '值'],
  'settings.none': ['No setting has such a name', '没有匹配的设置'],
} as const satisfies Words
