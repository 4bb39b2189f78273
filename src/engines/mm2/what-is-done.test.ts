import { expect, it } from 'vitest'
import { GeorepError } from '../../core/errors.ts'
import { sameAgain, withWhatIsDone } from './what-is-done.ts'

it.each([
  ['check the address', 'check the address\nthen run the same command again'],
  // Of an act that was interrupted there is nothing to be seen to before.
  [undefined, 'run the same command again'],
])('what is to be done after %s', (next, all) => {
  const thrown = new GeorepError('failed', 'GR-A', 'a', next === undefined ? {} : { next })
  expect(withWhatIsDone(thrown, { stateNow: 'half', next: sameAgain })).toMatchObject({ stateNow: 'half', next: all })
})
