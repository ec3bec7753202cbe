import { part, setText } from './page.js'
import { errorInWords } from './words.js'

/** Makes the form log in or register, whichever button was pressed. */
export function wireSignIn(session) {
  const form = part('form')
  const buttons = [part('log-in'), part('register')]
  form.addEventListener('submit', async event => {
    event.preventDefault()
    const { email, password } = Object.fromEntries(new FormData(form))
    const action = event.submitter?.value === 'register' ? session.register : session.login
    setText(part('form-error'), '')
    for (const button of buttons) button.disabled = true
    try {
      await action({ email, password })
      form.reset()
    } catch (error) {
      setText(part('form-error'), errorInWords(error))
      part('password').focus()
    } finally {
      for (const button of buttons) button.disabled = false
    }
  })
}
