import './probe.js'
import { h, render } from 'preact'
import { App } from './app'

const root = document.getElementById('app')
render(h(App), root)
globalThis.unmount = () => render(null, root)
