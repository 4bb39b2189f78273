import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface StallingNetwork extends AsyncDisposable {
  /** In the environment of a process whose connections to the cluster are to go this way. */
  readonly env: Readonly<Record<string, string>>
  /** From now on nothing passes, and nobody is told. */
  readonly stall: () => void
  /** What was held up arrives, late. */
  readonly heal: () => void
}

/** The way of one process to a cluster of one broker, which can be blocked for a while: for all others the cluster is as before. */
export async function stallingNetwork(bootstrap: readonly string[]): Promise<StallingNetwork> {
  const target = Number(bootstrap[0]!.split(':')[1])
  const sockets = new Set<Socket>()
  let isStalled = false
  const server = createServer((client) => {
    const broker = connect(target, '127.0.0.1')
    for (const [from, to] of [[client, broker], [broker, client]] as const) {
      sockets.add(from)
      from.on('data', (data) => { to.write(data) }) // prettier-ignore
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        to.destroySoon()
      })
      if (isStalled) from.pause()
    } // prettier-ignore
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const folder = mkdtempSync(join(tmpdir(), 'georep-network-'))
  const hook = join(folder, 'hook.cjs')
  writeFileSync(
    hook,
    `const net = require('node:net')
const { connect } = net
net.connect = (options, ...rest) => connect(options.port === ${target} ? { ...options, port: ${port} } : options, ...rest)
`,
  )
  return {
    env: { NODE_OPTIONS: `--require=${hook}` },
    stall: () => {
      isStalled = true
      for (const socket of sockets) socket.pause()
    },
    heal: () => {
      isStalled = false
      for (const socket of sockets) socket.resume()
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      rmSync(folder, { recursive: true })
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
