import { describe, expect, it } from 'vitest'
import { splitLinkName } from './link-name.ts'

describe('splitLinkName', () => {
  it('splits at the hyphen between two clusters', () => {
    expect(splitLinkName('east-west', ['east', 'west'])).toEqual({ kind: 'ends', source: 'east', destination: 'west' })
  })
  it('finds the one split that fits when cluster names have hyphens', () => {
    expect(splitLinkName('us-east-eu-west', ['us-east', 'eu-west'])).toEqual({
      kind: 'ends',
      source: 'us-east',
      destination: 'eu-west',
    })
  })
  it('names every split that fits', () => {
    expect(splitLinkName('a-b-c', ['a', 'b-c', 'a-b', 'c'])).toEqual({
      kind: 'ambiguous',
      splits: [
        { source: 'a', destination: 'b-c' },
        { source: 'a-b', destination: 'c' },
      ],
    })
  })
  it('refuses one cluster on both sides, but not where another split fits', () => {
    expect(splitLinkName('east-east', ['east'])).toEqual({ kind: 'same', cluster: 'east' })
    expect(splitLinkName('a-b-a-b', ['a-b', 'a', 'b-a-b'])).toEqual({ kind: 'ends', source: 'a', destination: 'b-a-b' })
  })
  it.each(['east', 'east-', '-west', 'east-north', '', 'eastwest'])('does not know %j', (name) => {
    expect(splitLinkName(name, ['east', 'west'])).toEqual({ kind: 'unknown' })
  })
})
