// SPDX-License-Identifier: Apache-2.0
package io.kmesh.copytool.internal;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.archive.ArchiveBackend;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The back ends by archive id, with the names that receipts give them. Immutable. */
public final class Backends {
  /**
   * A back end with its name.
   *
   * @param name the store's name, as receipts give it
   * @param backend what archives
   */
  public record Named(String name, ArchiveBackend backend) {}

  private final Map<ArchiveId, Named> byArchive;

  /** Back ends by archive id; {@link ArchiveId#ANY} serves those that have none of their own. */
  public Backends(Map<ArchiveId, Named> byArchive) {
    this.byArchive = new TreeMap<>(byArchive);
  }

  Set<ArchiveId> archives() {
    return byArchive.containsKey(ArchiveId.ANY) ? Set.of() : byArchive.keySet();
  }

  Optional<ArchiveBackend> find(ArchiveId id) {
    return named(id).map(Named::backend);
  }

  String name(ArchiveId id) {
    return named(id).map(Named::name).orElse("archive-" + id);
  }

  /** All of them by archive id. */
  Map<ArchiveId, Named> all() {
    return Collections.unmodifiableMap(byArchive);
  }

  /** The archives in words. */
  String words() {
    return byArchive.keySet().stream().map(ArchiveId::toString).collect(Collectors.joining(", "));
  }

  private Optional<Named> named(ArchiveId id) {
    Named own = byArchive.get(id);
    return Optional.ofNullable(own != null ? own : byArchive.get(ArchiveId.ANY));
  }
}
