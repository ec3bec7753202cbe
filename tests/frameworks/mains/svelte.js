import './probe.js'
import { mount, unmount } from 'svelte'
import App from './App.svelte'

const app = mount(App, { target: document.getElementById('app') })
globalThis.unmount = () => unmount(app)
