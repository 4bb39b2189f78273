'use strict'
// Loads the bundle with what V8 has compiled of it before: what Node does by itself from 22.1 on (module.enableCompileCache). Node 20 keeps nothing, and a third
// of the time until a command begins goes into compiling.
const fs = require('node:fs')
const path = require('node:path')
const vm = require('node:vm')
const { crc32 } = require('node:zlib')

const opening = '(function (exports, require, module, __filename, __dirname) {'
const closing = '\n})'
/** Two checksums: of the source, and of what was compiled of it. */
const headBytes = 8

/**
 * Runs a CommonJS file, and what it requires from its folder. What is compiled is kept in the user's cache, a file each, when the process ends, with the
 * functions that were compiled while it ran. What is there and is not of this source, or of another Node, counts as absent.
 */
exports.load = function load(entry) {
  const root = path.dirname(entry)
  const folder = compiledFolder()
  const isKept = folder !== undefined && isOnlyOurs(folder)
  const modules = new Map()
  const fresh = []
  if (folder !== undefined) process.once('exit', () => keep(fresh, folder))
  const run = (file) => {
    const known = modules.get(file)
    if (known !== undefined) return known.exports
    const module = { exports: {} }
    modules.set(file, module)
    const source = fs.readFileSync(file)
    const name = path.relative(root, file).replaceAll(path.sep, '+')
    const check = crc32(source)
    const cachedData = isKept ? kept(path.join(folder, name), check) : undefined
    const script = new vm.Script(opening + source.toString() + closing, { filename: file, cachedData })
    if (cachedData === undefined || script.cachedDataRejected) fresh.push({ name, check, script })
    const requireFrom = (id) => (id.startsWith('.') ? run(path.resolve(path.dirname(file), id)) : require(id))
    script.runInThisContext().call(module.exports, module.exports, requireFrom, module, file, path.dirname(file))
    return module.exports
  }
  return run(entry)
}

/** In the folder that src/sandbox/folders.ts names; undefined below a folder that is not there, or not ours: of a home that sudo has left as it was, too. */
function compiledFolder() {
  const { XDG_CACHE_HOME: xdg = '', HOME: home = '' } = process.env
  const isXdg = path.isAbsolute(xdg)
  if (!isOurs(isXdg ? xdg : home, 0)) return undefined
  const cache = isXdg ? xdg : path.join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache')
  return path.join(cache, 'georep', `compiled-${process.version}-${process.arch}`)
}

/** What lies in it is run. */
const isOnlyOurs = (folder) => isOurs(folder, 0o022)

function isOurs(folder, refused) {
  try {
    const { uid, mode } = fs.statSync(folder)
    return path.isAbsolute(folder) && uid === process.getuid?.() && (mode & refused) === 0
  } catch {
    return false
  }
}

function kept(file, check) {
  try {
    const bytes = fs.readFileSync(file)
    const compiled = bytes.subarray(headBytes)
    return bytes.readUInt32LE(0) === check && bytes.readUInt32LE(4) === crc32(compiled) ? compiled : undefined
  } catch {
    return undefined
  }
}

function keep(fresh, folder) {
  if (fresh.length === 0) return
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!isOnlyOurs(folder)) return
    for (const { name, check, script } of fresh) {
      const compiled = script.createCachedData()
      const head = Buffer.alloc(headBytes)
      head.writeUInt32LE(check, 0)
      head.writeUInt32LE(crc32(compiled), 4)
      const scratch = path.join(folder, `.${name}.${process.pid}`)
      fs.writeFileSync(scratch, Buffer.concat([head, compiled]), { mode: 0o600 })
      fs.renameSync(scratch, path.join(folder, name))
    }
  } catch {
    // It is faster with it, and not otherwise different.
  }
}
