// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repositories;

import io.kmesh.KmeshException;
import io.kmesh.Stores;
import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.core.internal.repository.Domain;
import io.kmesh.core.internal.repository.Domains;
import io.kmesh.core.internal.repository.RandomIds;
import io.kmesh.core.internal.repository.keys.DomainKeys;
import io.kmesh.core.internal.repository.keys.Holder;
import io.kmesh.core.internal.repository.keys.KeySettings;
import io.kmesh.core.internal.repository.keys.RepositoryKeys;
import io.kmesh.core.internal.transfer.Retrier;
import io.kmesh.engine.RetryPolicy;
import io.kmesh.repository.Credential;
import io.kmesh.repository.InitOptions;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.engine.KmeshConfiguration.NamedRepository;
import io.kmesh.spi.observe.Observer;
import io.kmesh.spi.store.ObjectStore;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The repositories that a Kmesh was told of, each opened once, when it is needed. Thread-safe. */
public final class NamedRepositories implements AutoCloseable {
  private static final Pattern NAME = Pattern.compile("[a-z0-9._-]{1,64}");

  private final Map<String, Place> places = new TreeMap<>();
  private final KmeshTime time;
  private final Observer observer;
  private final @Nullable Path cache;

  /** Where a repository is, and the open one once there is. */
  private static final class Place {
    private final ObjectStore store;
    private Credential credential; // guarded by this
    private @Nullable OpenedRepository open; // guarded by this

    Place(ObjectStore store, Credential credential) {
      this.store = store;
      this.credential = credential;
    }
  }

  /**
   * A registry; opens none.
   *
   * @param cache a folder for indexes; null to keep them in memory
   * @throws KmeshException INVALID when a name is wrong or twice, NOT_FOUND for an unknown store
   */
  public NamedRepositories(
      List<NamedRepository> named,
      Stores stores,
      KmeshTime time,
      Observer observer,
      @Nullable Path cache) {
    this.time = time;
    this.observer = observer;
    this.cache = cache;
    for (NamedRepository repository : named) {
      String name = repository.name();
      if (!NAME.matcher(name).matches() || places.containsKey(name)) {
        throw new KmeshException(
            ErrorKind.INVALID,
            "Cannot use the repository name \""
                + name
                + "\": "
                + (places.containsKey(name)
                    ? "it was given twice"
                    : "a name is 1 to 64 of a-z 0-9 . _ -")
                + ". Choose another.");
      }
      places.put(name, new Place(store(repository, stores), repository.credential()));
    }
  }

  private static ObjectStore store(NamedRepository repository, Stores stores) {
    return repository
        .store()
        .or(() -> repository.storeName().flatMap(stores::find))
        .orElseThrow(
            () ->
                new KmeshException(
                    ErrorKind.NOT_FOUND,
                    "Cannot use the repository \""
                        + repository.name()
                        + "\": its store \""
                        + repository.storeName().orElse("")
                        + "\" is not one of "
                        + stores.names()
                        + ". Name it on the builder with store(..)."));
  }

  /** The names. */
  public List<String> names() {
    return new ArrayList<>(places.keySet());
  }

  /** Whether a name was given to the builder. */
  public boolean isKnown(String name) {
    return places.containsKey(name);
  }

  /**
   * Opens a repository, or gives the open one.
   *
   * @throws ProviderException NOT_FOUND when the name is not known or nothing is there, DENIED when
   *     the credential does not open it
   */
  public OpenedRepository open(String name) throws IOException {
    Place place = place(name);
    synchronized (place) {
      OpenedRepository open = place.open;
      if (open == null) {
        open = opened(name, place, Credentials.use(place.credential, c -> keys(place, c)));
      }
      return open;
    }
  }

  private RepositoryKeys keys(
      Place place, io.kmesh.core.internal.repository.keys.Credential credential)
      throws IOException {
    return RepositoryKeys.open(place.store, new KeySettings(retrier()), credential);
  }

  /** Opens a repository; empty when its store has none. */
  public Optional<OpenedRepository> find(String name) throws IOException {
    place(name);
    try {
      return Optional.of(open(name));
    } catch (ProviderException e) {
      if (e.kind() == ErrorKind.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Makes a repository where there is none, and opens it. */
  public OpenedRepository init(String name, InitOptions options) throws IOException {
    Place place = place(name);
    synchronized (place) {
      Optional<OpenedRepository> there = find(name);
      if (there.isPresent()) {
        return there.get();
      }
      KeySettings settings =
          new KeySettings(
              retrier(),
              new Argon2id.Cost(
                  Math.toIntExact(options.passphraseMemory().bytes() >> 10),
                  options.passphrasePasses(),
                  1));
      RepositoryKeys keys;
      try {
        keys =
            Credentials.use(
                place.credential,
                c -> RepositoryKeys.init(place.store, settings, new Holder(options.holder(), c)));
      } catch (ProviderException e) {
        if (e.kind() == ErrorKind.EXISTS) {
          return open(name); // another process made it meanwhile
        }
        throw e;
      }
      return opened(name, place, keys);
    }
  }

  private OpenedRepository opened(String name, Place place, RepositoryKeys keys)
      throws IOException {
    try {
      DomainKeys domainKeys = keys.domain(RepositoryKeys.MAIN);
      Path folder =
          cache == null ? null : cache.resolve(keys.repository()).resolve(domainKeys.id());
      Domain domain =
          Domains.open(place.store, domainKeys, retrier(), folder, RandomIds::attempt, time);
      OpenedRepository open = new OpenedRepository(name, keys, domainKeys, domain);
      place.open = open;
      return open;
    } catch (IOException | RuntimeException e) {
      keys.close();
      throw e;
    }
  }

  /** From now on a repository is opened with another credential. */
  public void use(String name, Credential credential) throws ProviderException {
    Place place = place(name);
    synchronized (place) {
      place.credential = credential;
    }
  }

  private Place place(String name) throws ProviderException {
    Place place = places.get(name);
    if (place == null) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot use the repository \""
              + name
              + "\": this Kmesh knows "
              + names()
              + ". Name it on the builder with repository(..).");
    }
    return place;
  }

  private Retrier retrier() {
    return new Retrier(time, RetryPolicy.DEFAULT, new Random(), observer);
  }

  /** Wipes all keys; the stores stay open. */
  @Override
  public void close() {
    for (Place place : places.values()) {
      synchronized (place) {
        OpenedRepository open = place.open;
        place.open = null;
        if (open != null) {
          open.close();
        }
      }
    }
  }
}
