import './probe.js'
import { createComponent } from 'solid-js'
import { render } from 'solid-js/web'
import { App } from './app'

globalThis.unmount = render(() => createComponent(App, {}), document.getElementById('app'))
