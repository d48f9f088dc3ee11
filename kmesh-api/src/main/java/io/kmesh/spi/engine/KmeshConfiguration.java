// SPDX-License-Identifier: Apache-2.0
package io.kmesh.spi.engine;

import io.kmesh.lustre.ArchiveId;
import io.kmesh.repository.Credential;
import io.kmesh.sites.Export;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the builder of a Kmesh collected.
 *
 * @param state where the state is kept
 * @param stores the object stores
 * @param repositories the repositories
 * @param quiesceHooks what brings writers to rest; no two have one name
 * @param clouds what makes clusters; no two have one name
 * @param observer who listens
 * @param keepEnded how long operations that have ended are kept
 * @param repositoryCacheOrNull where indexes of repositories are kept, null for memory
 * @param flowFolderOrNull where flows keep what they know, null for none
 * @param site who this site is, and what it lets others reach
 * @param timeOrNull the clock, null for the system's
 * @param classLoaderOrNull where providers are looked for
 */
public record KmeshConfiguration(
    StateStore state,
    List<NamedStore> stores,
    List<NamedRepository> repositories,
    List<QuiesceHook> quiesceHooks,
    List<CloudProvider> clouds,
    Observer observer,
    Duration keepEnded,
    @Nullable Path repositoryCacheOrNull,
    @Nullable Path flowFolderOrNull,
    Site site,
    @Nullable KmeshTime timeOrNull,
    @Nullable ClassLoader classLoaderOrNull) {
  /** How long operations that have ended are kept unless something else is asked. */
  public static final Duration KEEP_ENDED = Duration.ofDays(30);

  /** Copies the lists. */
  public KmeshConfiguration {
    stores = List.copyOf(stores);
    repositories = List.copyOf(repositories);
    quiesceHooks = List.copyOf(quiesceHooks);
    clouds = List.copyOf(clouds);
  }

  /** The clock that was given. */
  public Optional<KmeshTime> time() {
    return Optional.ofNullable(timeOrNull);
  }

  /** Where indexes of repositories are kept; empty for memory. */
  public Optional<Path> repositoryCache() {
    return Optional.ofNullable(repositoryCacheOrNull);
  }

  /** Where flows keep what they know; empty when none was given. */
  public Optional<Path> flowFolder() {
    return Optional.ofNullable(flowFolderOrNull);
  }

  /** Where providers are looked for; empty for the engine's own class loader. */
  public Optional<ClassLoader> classLoader() {
    return Optional.ofNullable(classLoaderOrNull);
  }

  /**
   * What makes a Kmesh a site that others reach.
   *
   * @param folderOrNull where its key and certificate are; null for none
   * @param listenOrNull where it listens for flows; null for not
   * @param listenForEnrolmentOrNull where it listens for sites that enrol; null for not
   * @param exports what flows of other sites reach; no two have one name
   */
  public record Site(
      @Nullable Path folderOrNull,
      @Nullable String listenOrNull,
      @Nullable String listenForEnrolmentOrNull,
      List<Export> exports) {
    /** Copies the list. */
    public Site {
      exports = List.copyOf(exports);
    }

    /** Where its key and certificate are. */
    public Optional<Path> folder() {
      return Optional.ofNullable(folderOrNull);
    }

    /** Where it listens for flows. */
    public Optional<String> listen() {
      return Optional.ofNullable(listenOrNull);
    }

    /** Where it listens for sites that enrol. */
    public Optional<String> listenForEnrolment() {
      return Optional.ofNullable(listenForEnrolmentOrNull);
    }
  }

  /**
   * A repository with its name.
   *
   * @param name the name
   * @param storeOrNull the store that was given; null when it was named
   * @param storeNameOrNull the store's name; null when it was given
   * @param credential what opens it
   */
  public record NamedRepository(
      String name,
      @Nullable ObjectStore storeOrNull,
      @Nullable String storeNameOrNull,
      Credential credential) {
    /** The store that was given; empty when it was named. */
    public Optional<ObjectStore> store() {
      return Optional.ofNullable(storeOrNull);
    }

    /** The store's name; empty when the store itself was given. */
    public Optional<String> storeName() {
      return Optional.ofNullable(storeNameOrNull);
    }
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
