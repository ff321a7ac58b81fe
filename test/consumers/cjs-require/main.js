for (const name of ['core', 'core/headers', 'core/x509', 'express', 'fastify', 'https', 'testing']) {
  console.log(Object.keys(require(`@clientcert/${name}`)).join(' '))
}
