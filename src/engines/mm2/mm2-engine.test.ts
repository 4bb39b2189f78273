import { expect, it } from 'vitest'
import { target } from '../../../test/support/links.ts'
import { mm2Engine } from './mm2-engine.ts'

it('rebuilds no mirror, and says what makes one anew', async () => {
  const { signal } = new AbortController()
  await expect(mm2Engine.planRebuild(target, ['orders'], { signal })).rejects.toMatchObject({
    kind: 'unsupported',
    code: 'GR-ENGINE-CANNOT',
    stateNow: 'nothing was changed',
    next: 'georep mirror delete orders --with-topic --link east-west, then georep mirror create, make it anew',
  })
})

const { signal } = new AbortController()
// Whatever else was asked of it would not be there.
const state = { glance: async () => { await Promise.resolve() }, link: () => undefined } as unknown as typeof target.state // prettier-ignore
const untouched = { ...target, state }
const by = { name: 'link alter' } as unknown as Parameters<typeof mm2Engine.alterLink>[2]

it.each([
  ['protect', { kind: 'protect', principal: 'User:runner' }, 'deny others Write on the mirror topics by hand'],
  ['sync acls', { kind: 'syncAcls', resources: ['*'] }, 'run georep acl sync when they have changed'],
] as const)('refuses to %s, planned and asked for, and writes nothing', async (_, change, why) => {
  const refused = { kind: 'refused', why: expect.stringContaining(why) as string }
  expect(await mm2Engine.planLinkChange(untouched, change, { signal })).toEqual(refused)
  expect(await mm2Engine.alterLink(untouched, change, by, { signal })).toEqual({ outcome: refused, runner: undefined })
})

it.each([
  ['protect', { kind: 'protect', principal: null }, 'georep does not protect its mirrors'],
  ['sync acls', { kind: 'syncAcls', resources: null }, 'no runner of georep brings over ACLs for it'],
  ['throttle', { kind: 'throttle', bytesPerSecond: null }, 'georep gives it no limit'],
] as const)('does not %s already, and says so, planned and asked for', async (_, change, why) => {
  const unchanged = { kind: 'unchanged', why }
  expect(await mm2Engine.planLinkChange(untouched, change, { signal })).toEqual(unchanged)
  expect(await mm2Engine.alterLink(untouched, change, by, { signal })).toEqual({
    outcome: unchanged,
    runner: undefined,
  })
})
