import { expect, it } from 'vitest'
import { target } from '../../../test/support/links.ts'
import { mm2Engine } from './mm2-engine.ts'

it('rebuilds no mirror, and says what makes one anew', async () => {
  const { signal } = new AbortController()
  await expect(mm2Engine.planRebuild(target, ['orders'], { signal })).rejects.toMatchObject({
    kind: 'unsupported',
    code: 'GR-ENGINE-CANNOT',
    message: expect.stringContaining('mirror delete --with-topic and mirror create make one anew') as string,
  })
})
