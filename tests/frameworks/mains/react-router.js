import './probe.js'
import { createElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app'

const root = createRoot(document.getElementById('app'))
root.render(createElement(StrictMode, null, createElement(App)))
globalThis.unmount = () => root.unmount()
