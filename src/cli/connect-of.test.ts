import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { capturedContext } from '../../test/support/context.ts'
import { mm2Link } from '../../test/support/mm2-target.ts'
import { loadConfig } from '../config/load.ts'
import { connectAt, connectOf } from './connect-of.ts'

const signal = AbortSignal.timeout(60_000)
const nobody = 'http://127.0.0.1:1'

it('where nobody answers at the URL of a link the command is named that has it go by another', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'georep-connect-of-'))
  try {
    const file = join(folder, 'georep.yaml')
    await writeFile(file, 'clusters:\n  east: { bootstrap: ["a:1"] }\n  west: { bootstrap: ["b:1"] }\n')
    const config = await loadConfig(file, { env: {}, cwd: '/', home: '/' })
    const { context } = capturedContext()
    const { connect } = await connectOf(mm2Link(nobody), config, 'west', context)
    await expect(connect?.root({ signal })).rejects.toMatchObject({ next: expect.stringContaining('\nif Kafka Connect answers elsewhere now: georep link alter east-west --connect <url>') as string }) // prettier-ignore
    const given = await connectAt(config, 'west', nobody, context)
    await expect(given.root({ signal })).rejects.toMatchObject({ next: expect.not.stringContaining('link alter') as string }) // prettier-ignore
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
