export { defineSessionMonitor, type SessionMonitorElement } from './monitor/element.js'
export { mountSessionMonitor, type SessionMonitorOptions } from './monitor/mount.js'
