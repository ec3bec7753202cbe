import './probe.js'
import { bootstrapApplication } from '@angular/platform-browser'
import { App } from './app'
import { appConfig } from './app.config'

document.getElementById('app').append(document.createElement('app-root'))
const app = await bootstrapApplication(App, appConfig)
globalThis.unmount = () => app.destroy()
