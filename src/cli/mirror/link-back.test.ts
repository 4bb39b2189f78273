import { expect, it } from 'vitest'
import { target } from '../../../test/support/links.ts'
import { mm2Engine } from '../../engines/mm2/mm2-engine.ts'
import { linkBack } from './link-back.ts'

it.each(['reverse mirrors', 'bring mirrors back'] as const)('of an engine that does not %s is asked for nothing', async (act) => {
  const { signal } = new AbortController()
  const opened = { engine: mm2Engine, target }
  const options = { link: 'east-west', config: undefined, onto: undefined }
  await expect(linkBack(opened, options, { signal }, act)).rejects.toMatchObject({
    kind: 'unsupported',
    code: 'GR-ENGINE-CANNOT',
    message: `the engine mm2 does not ${act}: its copies stand at other offsets than their source`,
    stateNow: 'nothing was changed',
    next: expect.stringMatching(/into topics that are not on "east" yet.*\n.*georep link create west-east --engine mm2 --connect/) as string,
  })
}) // prettier-ignore
