'use strict'
// Installs and builds a source checkout, once, for the launcher. Several may start at the same time (a test suite, two
// terminals): one builds, the others wait for it.
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { setTimeout: sleep } = require('node:timers/promises')

const beatMs = 1_000
/** A holder that has not touched its lock for so long is gone, or on a machine that is. */
const staleMs = 30_000
const longestWaitMs = 600_000

/** Leaves `entry` in place and returns 0, or says on stderr what went wrong and returns the exit code. */
exports.buildOnce = async function buildOnce(root, entry) {
  const lock = path.join(root, '.georep-build.lock')
  await acquire(lock)
  const scratch = path.join(root, `dist.tmp-${process.pid}`)
  const beat = setInterval(() => touch(lock), beatMs)
  const release = () => {
    clearInterval(beat)
    fs.rmSync(scratch, { recursive: true, force: true })
    fs.rmSync(lock, { recursive: true, force: true })
  }
  try {
    if (fs.existsSync(entry)) return 0 // built by the one that held the lock before
    removeLeftovers(root)
    const steps = []
    if (!isInstalled(root)) steps.push(['ci', '--include=dev', '--no-audit', '--no-fund'])
    steps.push(['run', 'build', '--', '--outDir', scratch])
    const what = steps.length > 1 ? 'installing packages and building' : 'building'
    process.stderr.write(`georep: first run in this source checkout: ${what}, once; this may take a minute\n`)
    for (const step of steps) {
      const { code, signal, output } = await npm(root, step)
      if (signal !== undefined) return signal === 'SIGINT' ? 130 : 143
      if (code === 0) continue
      process.stderr.write(
        `${output}\nerror GR-BUILD: "npm ${step.join(' ')}" ended with ${code}\n  next: npm ci && npm run build\n`,
      )
      return 1
    }
    // In one step, so that nobody ever runs half a dist.
    const dist = path.dirname(entry)
    fs.rmSync(dist, { recursive: true, force: true })
    fs.renameSync(scratch, dist)
    return 0
  } finally {
    release()
  }
}

/** Returns when this process holds the lock. */
async function acquire(lock) {
  const until = Date.now() + longestWaitMs
  for (let isTold = false; Date.now() < until; isTold = true) {
    try {
      fs.mkdirSync(lock)
      fs.writeFileSync(path.join(lock, 'owner'), `${os.hostname()} ${process.pid}`)
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    if (isStale(lock)) {
      takeAway(lock)
      continue
    }
    if (!isTold) process.stderr.write('georep: waiting for another georep that is building this checkout\n')
    await sleep(200)
  }
  throw new Error(`another georep has been building for too long; if there is none, remove ${lock}`)
}

function isStale(lock) {
  const stat = fs.statSync(lock, { throwIfNoEntry: false })
  if (stat === undefined) return false
  if (Date.now() - stat.mtimeMs > staleMs) return true
  const [host, pid] = ownerOf(lock).split(' ')
  return host === os.hostname() && pid !== undefined && !isAlive(Number(pid))
}

/** By renaming, which only one of several can do. One that was made in the meantime by somebody else is given back. */
function takeAway(lock) {
  const judged = ownerOf(lock)
  const aside = `${lock}.${process.pid}`
  try {
    fs.renameSync(lock, aside)
    if (ownerOf(aside) === judged) fs.rmSync(aside, { recursive: true, force: true })
    else fs.renameSync(aside, lock)
  } catch {
    // Somebody else was quicker.
  }
}

function ownerOf(lock) {
  try {
    return fs.readFileSync(path.join(lock, 'owner'), 'utf8')
  } catch {
    return '' // made a moment ago, and its owner not yet written down
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function touch(lock) {
  const now = new Date()
  fs.utimes(lock, now, now, () => undefined)
}

/** What a build that was killed left behind. Only the holder of the lock may call this. */
function removeLeftovers(root) {
  for (const name of fs.readdirSync(root)) {
    if (name.startsWith('dist.tmp-')) fs.rmSync(path.join(root, name), { recursive: true, force: true })
  }
}

/** npm writes node_modules/.package-lock.json last, so it is there and recent only after an install that ended well. */
function isInstalled(root) {
  const installed = fs.statSync(path.join(root, 'node_modules', '.package-lock.json'), { throwIfNoEntry: false })
  return installed !== undefined && installed.mtimeMs >= fs.statSync(path.join(root, 'package-lock.json')).mtimeMs
}

/** Runs npm with its output kept, for the case that it fails. A signal to this process ends npm too. */
function npm(root, args) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
      shell: process.platform === 'win32', // npm is npm.cmd there
    })
    let output = ''
    let ended
    const onSignal = (signal) => {
      ended = signal
      child.kill('SIGTERM')
    }
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal)
    const stop = () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
    child.stdout.on('data', (chunk) => (output += chunk))
    child.stderr.on('data', (chunk) => (output += chunk))
    child.on('error', (error) => {
      stop()
      reject(
        error.code === 'ENOENT' ? new Error('npm is needed to build this source checkout, and is not in PATH') : error,
      )
    })
    child.on('close', (code) => {
      stop()
      resolve({ code, signal: ended, output })
    })
  })
}
