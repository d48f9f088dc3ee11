// SPDX-License-Identifier: Apache-2.0
package io.kmesh;

import io.kmesh.flows.DataFlows;
import io.kmesh.lustre.ArchiveId;
import io.kmesh.placement.Placements;
import io.kmesh.repository.Credential;
import io.kmesh.repository.Repositories;
import io.kmesh.sites.Export;
import io.kmesh.sites.Sites;
import io.kmesh.snapshots.Snapshots;
import io.kmesh.snapshots.VirtualCopies;
import io.kmesh.spi.cloud.CloudProvider;
import io.kmesh.spi.engine.KmeshConfiguration;
import io.kmesh.spi.engine.KmeshEngine;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.quiesce.QuiesceHook;
import io.kmesh.spi.state.StateStore;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import io.kmesh.tiering.Tiering;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * An open Kmesh: clusters, stores, policies and operations over one state. Thread-safe.
 *
 * <pre>{@code
 * try (Kmesh kmesh = Kmesh.builder().state(state).store("ckpt", store).build()) {
 *   Cluster lab = kmesh.clusters().attach("lab", lustre);
 *   Receipt safe = lab.hsm().archive("/job42/ckpt.100", a -> a.to("ckpt").durability(REMOTE))
 *       .await(minutes(10));
 * }
 * }</pre>
 */
public interface Kmesh extends AutoCloseable {
  /** Begins to open a Kmesh. */
  static Builder builder() {
    return new Builder();
  }

  /** The clusters. */
  Clusters clusters();

  /** The object stores by name. */
  Stores stores();

  /** Tiering policies. */
  Tiering tiering();

  /** The repositories of snapshots. */
  Repositories repositories();

  /** Snapshots of trees, in repositories. */
  Snapshots snapshots();

  /** Virtual copies: snapshots that can be written to. */
  VirtualCopies virtualCopies();

  /** Data flows: trees that are kept equal. */
  DataFlows dataFlows();

  /** This site, and the others that data flows reach. */
  Sites sites();

  /** Where data may go. */
  Placements placement();

  /** Everything that lasts longer than a call. */
  Operations operations();

  /**
   * Parks what runs, so that the next opening of the same state resumes it; cancels nothing. What
   * was given to the builder stays open: its owner closes it. A second call does nothing.
   */
  @Override
  void close();

  /** Collects what a Kmesh is made of. Not thread-safe. */
  final class Builder {
    private @Nullable StateStore state;
    private @Nullable KmeshTime time;
    private @Nullable KmeshEngine engine;
    private @Nullable ClassLoader classLoader;
    private Observer observer = Observer.NONE;
    private Duration keepEnded = KmeshConfiguration.KEEP_ENDED;
    private final List<KmeshConfiguration.NamedStore> stores = new ArrayList<>();
    private final List<KmeshConfiguration.NamedRepository> repositories = new ArrayList<>();
    private final List<QuiesceHook> quiesceHooks = new ArrayList<>();
    private final List<CloudProvider> clouds = new ArrayList<>();
    private @Nullable Path repositoryCache;
    private @Nullable Path flowFolder;
    private @Nullable Path siteFolder;
    private @Nullable String listen;
    private @Nullable String listenForEnrolment;
    private final List<Export> exports = new ArrayList<>();

    private Builder() {}

    /** Where operations, policies and the archive index are kept. Required. */
    public Builder state(StateStore state) {
      this.state = state;
      return this;
    }

    /**
     * Names an object store. It gets an HSM archive id of its own, remembered in the state: the
     * smallest free one from 1 on.
     *
     * @param name 1 to 64 of {@code a-z 0-9 . _ -}
     */
    public Builder store(String name, ObjectStore store) {
      stores.add(new KmeshConfiguration.NamedStore(name, store, ArchiveId.ANY));
      return this;
    }

    /** Names an object store that a copytool serves under a given HSM archive id. */
    public Builder store(String name, ObjectStore store, ArchiveId archiveId) {
      stores.add(new KmeshConfiguration.NamedStore(name, store, archiveId));
      return this;
    }

    /**
     * Names a repository in an object store of its own. It is opened when it is first used; {@link
     * Repositories#init} makes one that is not there.
     *
     * @param name 1 to 64 of {@code a-z 0-9 . _ -}
     */
    public Builder repository(String name, ObjectStore store, Credential credential) {
      repositories.add(new KmeshConfiguration.NamedRepository(name, store, null, credential));
      return this;
    }

    /**
     * Names a repository in an object store that has a name here. Copytools may keep archives in
     * the same store.
     *
     * @param name 1 to 64 of {@code a-z 0-9 . _ -}
     * @param store the store's name
     */
    public Builder repository(String name, String store, Credential credential) {
      repositories.add(new KmeshConfiguration.NamedRepository(name, null, store, credential));
      return this;
    }

    /**
     * A folder of this machine where indexes of repositories are kept, so that a later process does
     * not fetch them again; without one they are held in memory. It may be deleted when no process
     * uses it.
     */
    public Builder repositoryCache(Path folder) {
      this.repositoryCache = folder;
      return this;
    }

    /**
     * A folder of this machine's own disk where data flows keep what they know of their trees:
     * their names, versions and stamps. One process at a time uses it. It belongs to the state:
     * where it was lost flows send everything anew, and entries that were removed from the source
     * meanwhile stay at the target.
     */
    public Builder flowFolder(Path folder) {
      this.flowFolder = folder;
      return this;
    }

    /**
     * A folder of this machine with the key and certificate of this site, made by {@link
     * Sites#createAuthority} or {@link Sites#enrol}. Flows to other sites need it.
     */
    public Builder site(Path folder) {
      this.siteFolder = folder;
      return this;
    }

    /**
     * Listens for flows of other sites, which reach what was exported.
     *
     * @param address {@code host:port}; port 0 for one that the system chooses
     */
    public Builder listen(String address) {
      this.listen = address;
      return this;
    }

    /**
     * Listens for sites that enrol, renew their certificates or ask what was revoked; only where
     * the authority is.
     *
     * @param address {@code host:port}; port 0 for one that the system chooses, which tokens name
     */
    public Builder listenForEnrolment(String address) {
      this.listenForEnrolment = address;
      return this;
    }

    /** Lets flows of other sites reach a tree. */
    public Builder export(Export export) {
      if (exports.stream().anyMatch(e -> e.name().equals(export.name()))) {
        throw new IllegalArgumentException(
            "Cannot export two trees as \"" + export.name() + "\". Give each its own name.");
      }
      exports.add(export);
      return this;
    }

    /**
     * Adds what brings the writers of a site to rest while snapshots are taken together, by its own
     * name. A process that was killed leaves them at rest: what the state says is frozen is thawed
     * by the hook of the same name when that is opened again.
     *
     * @param hook one name stands for one site; {@link io.kmesh.spi.quiesce.ScriptHook} runs
     *     commands
     */
    public Builder quiesceHook(QuiesceHook hook) {
      if (quiesceHooks.stream().anyMatch(h -> h.name().equals(hook.name()))) {
        throw new IllegalArgumentException(
            "Cannot add the quiesce hook \""
                + hook.name()
                + "\": there is one of that name. Give each its own.");
      }
      quiesceHooks.add(hook);
      return this;
    }

    /**
     * Adds a cloud that makes clusters, by its own name. What it made, or was asked to, is found
     * again by that name: give the same one to each Kmesh on this state.
     */
    public Builder cloud(CloudProvider provider) {
      if (clouds.stream().anyMatch(c -> c.name().equals(provider.name()))) {
        throw new IllegalArgumentException(
            "Cannot add the cloud \""
                + provider.name()
                + "\": there is one of that name. Give each its own.");
      }
      clouds.add(provider);
      return this;
    }

    /** Who listens to events and metrics, besides the log. */
    public Builder observer(Observer observer) {
      this.observer = observer;
      return this;
    }

    /**
     * How long operations that have ended can be found by their ids; 30 days when not called. Those
     * of unknown outcome stay until they are reconciled. What is older is forgotten at the opening
     * and every few hours.
     *
     * @param duration zero or more
     */
    public Builder keepEndedOperations(Duration duration) {
      if (duration.isNegative()) {
        throw new IllegalArgumentException(
            "Cannot keep ended operations for "
                + duration
                + ": it is negative. Give zero or more.");
      }
      this.keepEnded = duration;
      return this;
    }

    /** The clock; the system's when none is given. */
    public Builder time(KmeshTime time) {
      this.time = time;
      return this;
    }

    /** The engine; else the one that is found by {@link ServiceLoader}. */
    public Builder engine(KmeshEngine engine) {
      this.engine = engine;
      return this;
    }

    /** Where providers are looked for; the thread's context class loader when none is given. */
    public Builder classLoader(ClassLoader classLoader) {
      this.classLoader = classLoader;
      return this;
    }

    /**
     * Opens the Kmesh and resumes what an earlier one parked or left when it was killed.
     *
     * @throws KmeshException when no state was given, no engine or more than one is found, or the
     *     state can't be read
     */
    public Kmesh build() {
      if (state == null) {
        throw new KmeshException(
            io.kmesh.spi.ErrorKind.INVALID,
            "Cannot open Kmesh: no state was given. Call state(SqliteState.at(path)) on the"
                + " builder.");
      }
      KmeshEngine opened = engine != null ? engine : findEngine();
      return opened.open(
          new KmeshConfiguration(
              state,
              stores,
              repositories,
              quiesceHooks,
              clouds,
              observer,
              keepEnded,
              repositoryCache,
              flowFolder,
              new KmeshConfiguration.Site(siteFolder, listen, listenForEnrolment, exports),
              time,
              classLoader));
    }

    private KmeshEngine findEngine() {
      ClassLoader loader =
          classLoader != null ? classLoader : Thread.currentThread().getContextClassLoader();
      List<KmeshEngine> found = new ArrayList<>();
      ServiceLoader.load(KmeshEngine.class, loader).forEach(found::add);
      if (found.isEmpty()) {
        ServiceLoader.load(KmeshEngine.class, Kmesh.class.getClassLoader()).forEach(found::add);
      }
      if (found.size() == 1) {
        return found.get(0);
      }
      throw new KmeshException(
          io.kmesh.spi.ErrorKind.INVALID,
          found.isEmpty()
              ? "Cannot open Kmesh: no engine was found. Add kmesh-core to the class path, give the"
                  + " right class loader, or pass an engine to the builder."
              : "Cannot open Kmesh: "
                  + found.size()
                  + " engines were found ("
                  + names(found)
                  + "). Keep one on the class path, give a class loader that sees one, or pass one"
                  + " to the builder.");
    }

    private static String names(List<KmeshEngine> engines) {
      return String.join(", ", engines.stream().map(e -> e.getClass().getName()).sorted().toList());
    }
  }
}
