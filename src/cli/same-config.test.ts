import { expect, it } from 'vitest'
import { GeorepError } from '../core/errors.ts'
import { withSameConfig } from './same-config.ts'

const errorWith = (next: string): GeorepError =>
  new GeorepError('refused', 'GR-TEST', 'what', { stateNow: 'so', data: 'none', next, cause: 'why' })

it('has the next commands of an error read the file that this command was given', () => {
  const error = errorWith('correct it, then: georep config validate\nor georep link describe a (georep link list)')
  const told = withSameConfig(error, { config: 'my $& file.yaml' })
  expect(told.next).toBe(
    "correct it, then: georep --config 'my $& file.yaml' config validate\n" +
      "or georep --config 'my $& file.yaml' link describe a (georep --config 'my $& file.yaml' link list)",
  )
  const { kind, code, message, stateNow, data, cause } = told
  expect({ kind, code, message, stateNow, data, cause }).toEqual({ kind: 'refused', code: 'GR-TEST', message: 'what', stateNow: 'so', data: 'none', cause: 'why' }) // prettier-ignore
})

it('changes nothing where no file was given, where one is named already, and in what is no command', () => {
  expect(withSameConfig(errorWith('georep lag'), { config: undefined }).next).toBe('georep lag')
  for (const next of ['georep --config a.yaml lag', 'use the georep that created the link'])
    expect(withSameConfig(errorWith(next), { config: 'b.yaml' }).next).toBe(next)
  expect(withSameConfig(new GeorepError('failed', 'GR-TEST', 'what'), { config: 'b.yaml' }).next).toBeUndefined()
})
