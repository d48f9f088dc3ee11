// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.Content;
import io.kmesh.core.internal.mirror.Extents;
import io.kmesh.core.internal.mirror.MirrorObjects;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.store.Crc32c;
import io.kmesh.spi.store.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/** Sums what went through and compares it with what is known of it. One thread at a time. */
final class BodyDigest {
  private final MirrorObjects source;
  private final Body.Stored body;
  private final Content content;
  private final CRC32C crc = new CRC32C();

  BodyDigest(MirrorObjects source, Body.Stored body) {
    this.source = source;
    this.body = body;
    this.content = new Content(Extents.whole(body.size()));
  }

  void add(ByteBuffer bytes) throws IOException {
    content.add(bytes, (piece, offset) -> {});
    crc.update(bytes.duplicate());
  }

  /**
   * The checksum of all.
   *
   * @throws ProviderException CORRUPT when it is not what is known of the source
   */
  Sha256 verified() throws ProviderException {
    Sha256 found = content.end().content();
    Sha256 wanted = body.sha256OrNull();
    if (wanted != null && !wanted.equals(found)) {
      throw corrupt("SHA-256 " + found, wanted.toString());
    }
    Optional<Crc32c> known = body.isAsItIs() ? body.info().crc32c() : Optional.empty();
    Crc32c sum = new Crc32c((int) crc.getValue());
    if (known.isPresent() && !known.get().equals(sum)) {
      throw corrupt("CRC-32C " + sum, known.get().toString());
    }
    return found;
  }

  private ProviderException corrupt(String found, String wanted) {
    return new ProviderException(
        ErrorKind.CORRUPT,
        "Cannot translate "
            + source.full(body.key())
            + ": its content has "
            + found
            + ", not "
            + wanted
            + ". Look for a version or backup of it.");
  }
}
