// SPDX-License-Identifier: Apache-2.0
package io.kmesh.cloud.aws.internal;

import io.kmesh.spi.ProviderException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** The certificates of a PEM file, which alone are trusted. */
final class CaFile {
  private final TrustManager[] managers;

  private CaFile(TrustManager[] managers) {
    this.managers = managers;
  }

  static CaFile read(S3Options options, String name) throws ProviderException {
    try (InputStream in = Files.newInputStream(Path.of(name))) {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (certificates.isEmpty()) {
        throw options.invalid("ca-file", "names " + name + ", which holds no certificate");
      }
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate certificate : certificates) {
        store.setCertificateEntry("ca-" + number++, certificate);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return new CaFile(factory.getTrustManagers());
    } catch (ProviderException e) {
      throw e;
    } catch (IOException | GeneralSecurityException e) {
      throw options.invalid("ca-file", "names " + name + ", which is no readable PEM file");
    }
  }

  TrustManager[] trustManagers() {
    return managers.clone();
  }
}
