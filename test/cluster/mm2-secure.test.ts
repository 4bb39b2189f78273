import { expect, it } from 'vitest'
import type { DrillPrinted } from './support/drill-printed.ts'
import { MachineRoom } from './support/machine-room.ts'

// A link of MirrorMaker 2 on secured clusters: georep, the workers of Kafka Connect and the connectors come in as three users, each with the rights that the
// documentation lists.

it('drill --sandbox --engine mm2 --secure passes with exactly the documented rights', async () => {
  const room = new MachineRoom()
  try {
    const flags = ['--steady', '1s', '--hold', '1s', '--canary-interval', '250ms', '-o', 'json']
    const drill = room.start(['drill', '--sandbox', '--engine', 'mm2', '--secure', '--measure-rpo', ...flags])
    const { code, out, err } = await drill.ended
    room.expectEmpty()
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('killing "east" with SIGKILL') as string })
    expect((JSON.parse(out) as DrillPrinted).data).toMatchObject({ verdict: 'pass', otherMirrors: { count: 1 } })
  } finally {
    await room.remove()
  }
})
