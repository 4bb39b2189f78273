import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, it } from 'vitest'
import { freePorts } from './ports.ts'

it('gives ports that are free, different, and below those of outgoing connections', async () => {
  const [taken = 0] = await freePorts(1, () => 0.5)
  const server = createServer().listen(taken, '127.0.0.1')
  await once(server, 'listening')
  const values = [0.5, 0.5, 0.6, 0.6, 0.7]
  const ports = await freePorts(2, () => values.shift() ?? 0.9)
  server.close()
  expect(ports).toHaveLength(2)
  expect(ports).not.toContain(taken)
  expect(new Set(ports).size).toBe(2)
  expect(ports.every((port) => port >= 20_000 && port < 32_000)).toBe(true)
})

it('gives up when there is none', async () => {
  const [taken = 0] = await freePorts(1, () => 0.25)
  const server = createServer().listen(taken, '127.0.0.1')
  await once(server, 'listening')
  await expect(freePorts(1, () => 0.25)).rejects.toMatchObject({ code: 'GR-NO-PORT' })
  server.close()
})
