import { describe, expect, it } from 'vitest'
import { GeorepError } from '../../core/errors.ts'
import { chosenLink, type SeenLinks } from './only-link.ts'

function refusal(seen: Partial<SeenLinks>, config?: string): GeorepError {
  try {
    const name = chosenLink({ links: [], file: '/etc/georep.yaml', clusters: ['east', 'west'], silent: [], ...seen }, { config }) // prettier-ignore
    throw new Error(`"${name}" was chosen`)
  } catch (error) {
    if (error instanceof GeorepError) return error
    throw error
  }
}

describe('the link to practise on, when none is named', () => {
  it('is the only one there is', () => {
    expect(chosenLink({ links: ['east-west'], file: 'f', clusters: ['east', 'west'], silent: [] }, { config: undefined })).toBe('east-west') // prettier-ignore
  })

  it('is asked for when there are several, and all are listed', () => {
    expect(refusal({ links: ['east-west', 'west-east'] }, 'my file.yaml')).toMatchObject({
      kind: 'usage',
      code: 'GR-WHICH-LINK',
      stateNow: 'links: east-west, west-east',
      next: "georep --config 'my file.yaml' drill --link east-west",
    })
  })

  it('is asked for when a cluster did not answer: it may hold another one', () => {
    expect(refusal({ links: ['east-west'], silent: ['north'] })).toMatchObject({
      kind: 'usage',
      code: 'GR-WHICH-LINK',
      stateNow: 'links: east-west; not asked, because they do not answer: north',
    })
  })

  it('must be made when there is none, and how is said', () => {
    expect(refusal({})).toMatchObject({
      kind: 'usage',
      code: 'GR-NO-LINK',
      stateNow: 'clusters of "/etc/georep.yaml": east, west',
      next: expect.stringContaining('georep link create') as string,
    })
  })

  it('is not said to be missing when not everybody was heard', () => {
    expect(refusal({ silent: ['west'] })).toMatchObject({
      kind: 'unreachable',
      stateNow: 'clusters of "/etc/georep.yaml": east, west; not asked, because they do not answer: west',
    })
  })
})
