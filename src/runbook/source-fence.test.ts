import { expect, it } from 'vitest'
import { siteFor } from '../../test/support/runbook-site.ts'
import { hookFence } from './source-fence.ts'

it('a command that fences is told of what run and step it is, as any other of a step', async () => {
  const site = siteFor()
  const words = 'echo $GEOREP_LINK $GEOREP_RUN $GEOREP_STEP $GEOREP_ACTION $GEOREP_TOPICS'
  await hookFence(words, site, 'stop').run('fence', ['a', 'b'], { signal: new AbortController().signal })
  expect(site.said).toEqual(['hook: east-west run1 stop fence a b'])
})
