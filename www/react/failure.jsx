import { errorInWords } from '../words.js'

export function Failure({ error }) {
  return (
    <section className="card narrow" aria-labelledby="failed-title">
      <h2 id="failed-title">The session could not start</h2>
      <p className="error" role="alert" data-testid="failure">
        {errorInWords(error)}
      </p>
      <p className="quiet">This does not mean that you are signed out: what is stored is untouched.</p>
      <button type="button" className="primary" onClick={() => location.reload()}>
        Try again
      </button>
    </section>
  )
}
