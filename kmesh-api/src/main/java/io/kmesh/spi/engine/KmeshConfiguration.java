// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.engine;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the builder of a Kmesh collected.
 *
 * @param state where the state is kept
 * @param stores the object stores
 * @param observer who listens
 * @param keepEnded how long operations that have ended are kept
 * @param timeOrNull the clock, null for the system's
 * @param classLoaderOrNull where providers are looked for
 */
public record KmeshConfiguration(
    StateStore state,
    List<NamedStore> stores,
    Observer observer,
    Duration keepEnded,
    @Nullable KmeshTime timeOrNull,
    @Nullable ClassLoader classLoaderOrNull) {
  /** How long operations that have ended are kept unless something else is asked. */
  public static final Duration KEEP_ENDED = Duration.ofDays(30);

  /** Copies the list. */
  public KmeshConfiguration {
    stores = List.copyOf(stores);
  }

  /** The clock that was given. */
  public Optional<KmeshTime> time() {
    return Optional.ofNullable(timeOrNull);
  }

  /**
   * A store with its name.
   *
   * @param name the name
   * @param store the store
   * @param archiveId the HSM archive id that was asked; {@link ArchiveId#ANY} for the next free one
   */
  public record NamedStore(String name, ObjectStore store, ArchiveId archiveId) {}
}
