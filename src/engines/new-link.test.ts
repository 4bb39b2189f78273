import { expect, it } from 'vitest'
import { link, target } from '../../test/support/links.ts'
import type { LinkPlan } from './engine.ts'
import { refuseBlockedLink } from './new-link.ts'

const { source, destination } = target
const ends = {
  request: { name: link.name, source, destination, groups: [] } as unknown as LinkPlan['request'],
  sourceId: 'EAST-ID',
  destinationId: 'WEST-ID',
  existing: link,
  blockers: ['no'],
}

it('a link that is refused names what helps: the link that is there, how the clusters are reached, or what was asked for', () => {
  const nextOf = (more: Partial<typeof ends> | { readonly existing: undefined }): string | undefined => {
    try {
      refuseBlockedLink({ ...ends, ...more })
    } catch (error) {
      return (error as { readonly next?: string }).next
    }
    return undefined
  }
  expect(nextOf({ blockers: [] })).toBeUndefined()
  // Another engine.
  expect(nextOf({})).toBe('georep link describe east-west')
  expect(nextOf({ sourceId: 'OTHER' })).toBe('georep config show')
  expect(nextOf({ sourceId: 'WEST-ID' })).toBe('georep config show')
  expect(nextOf({ existing: undefined })).toContain('without --protect')
})
