/** nginx with its own mTLS before a server: what one would run instead. Keeps connections to both sides, as its authors advise for load. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { accepting, ended, findProgram, freePorts } from '../../../../../test/servers/program.ts'
import { pinned } from '../cores.ts'
import type { Material } from '../material.ts'

export interface RunningNginx {
  readonly port: number
  /** @returns Microseconds of processor time since the start. */
  readonly cpu: () => number
  readonly stop: () => Promise<void>
}

/** The program, or why there is nothing to measure. */
export type FoundNginx = { readonly program: string; readonly version: string } | { readonly absent: string }

export function findNginx(): FoundNginx {
  const program = findProgram('nginx')
  if (program === null) return { absent: 'nginx is not installed (npm run setup:servers)' }
  if (!existsSync('/proc/self/schedstat')) return { absent: 'no /proc here that tells the processor time of nginx' }
  const { stderr } = spawnSync(program, ['-v'], { encoding: 'utf8' })
  return { program, version: /nginx\/(\S+)/.exec(stderr)?.[1] ?? 'unknown' }
}

export async function startNginx(
  program: string,
  { material, upstreamPort, core }: { material: Material; upstreamPort: number; core: number | null },
): Promise<RunningNginx> {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-bench-nginx-'))
  const { port } = await freePorts(['port'])
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 })
  write('server.pem', material.server.cert)
  write('server.key', material.server.key)
  write('clients-ca.pem', material.clientCa)
  write('nginx.conf', configuration(port, upstreamPort))
  const command = pinned(core, [program, '-p', folder, '-e', 'error.log', '-c', 'nginx.conf'])
  const child = spawn(command[0] ?? program, command.slice(1), { stdio: 'ignore' })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const kill = () => {
    child.kill('SIGKILL')
    remove()
  }
  process.once('exit', kill)
  const stop = async () => {
    await ended(child)
    process.off('exit', kill)
    remove()
  }
  try {
    await accepting(port, child)
  } catch (cause) {
    const words = existsSync(join(folder, 'error.log')) ? readFileSync(join(folder, 'error.log'), 'utf8') : ''
    await stop()
    throw new Error(`nginx did not start: ${words}`, { cause })
  }
  // One process, so this is all of it: nanoseconds on a processor, where `stat` counts hundredths of a second.
  const cpu = () => Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[0]) / 1_000
  return { port, cpu, stop }
}

const configuration = (port: number, upstreamPort: number): string => `
daemon off;
master_process off;
pid nginx.pid;
error_log error.log warn;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path client_body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  ssl_session_cache shared:SSL:10m;
  ssl_session_tickets off;
  ssl_protocols TLSv1.2 TLSv1.3;
  upstream application {
    server 127.0.0.1:${upstreamPort};
    keepalive 64;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} ssl;
    server_name _;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_client_certificate clients-ca.pem;
    ssl_verify_client on;
    location / {
      proxy_http_version 1.1;
      proxy_set_header Connection '';
      proxy_set_header Host $host;
      proxy_set_header X-Request-ID $request_id;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header ssl-client-verify $ssl_client_verify;
      proxy_set_header ssl-client-subject-dn $ssl_client_s_dn;
      proxy_set_header ssl-client-issuer-dn $ssl_client_i_dn;
      proxy_set_header ssl-client-cert $ssl_client_escaped_cert;
      proxy_pass http://application;
    }
  }
}
`
