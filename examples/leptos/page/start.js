// A file of its own: the page's Content-Security-Policy allows no script in the HTML.
import init from '/app/leptos-example.js'

init().catch(error => {
  document.querySelector('[data-testid="status"]').hidden = true
  document.querySelector('[data-testid="failure"]').textContent = `The application could not start: ${error}`
})
