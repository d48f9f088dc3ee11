// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.flows.trust;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** The certificates that an authority signed, each under the name of its key. Thread-safe. */
final class CertificateBook {
  private static final String FOLDER = "certificates";

  private final TrustFolder folder;

  CertificateBook(TrustFolder folder) {
    this.folder = folder;
  }

  private static String file(String key) {
    return FOLDER + "/" + key;
  }

  /** The certificate of a key. */
  Optional<CertificateRecord> find(String key) throws IOException {
    return folder.has(file(key)) ? Optional.of(read(key)) : Optional.empty();
  }

  private CertificateRecord read(String key) throws IOException {
    return CertificateRecord.decode(
        folder.what(file(key)), folder.read(file(key), TrustText.MOST_BYTES));
  }

  /** Writes one down; it is durable when this returns. */
  void put(CertificateRecord record) throws IOException {
    folder.write(file(record.key()), record.encode());
  }

  void remove(CertificateRecord record) throws IOException {
    folder.remove(file(record.key()));
  }

  /** All that are remembered, the newest last. */
  List<CertificateRecord> all() throws IOException {
    List<CertificateRecord> all = new ArrayList<>();
    for (String key : folder.list(FOLDER)) {
      all.add(read(key));
    }
    all.sort(
        Comparator.comparing(CertificateRecord::issued).thenComparing(CertificateRecord::serial));
    return all;
  }
}
