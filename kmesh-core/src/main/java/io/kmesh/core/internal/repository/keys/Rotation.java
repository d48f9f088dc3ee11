// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces the repository key. The domains' keys are sealed by the new one first; its first
 * wrapping is the commit point; then what is old is deleted, wrappings first. A process that ends
 * anywhere leaves a repository that the credential at hand opens with all domains: before the first
 * new wrapping by the old key, behind it by the new one.
 *
 * <p>Two rotations at once: who finds an object of his generation there, or another's new wrapping
 * after he wrote his own, takes his own back. For one thread.
 */
final class Rotation {
  private final KeyObjects objects;
  private final DomainShelf shelf;
  private final Marker marker;
  private final NavigableMap<Integer, SecretBytes> keys;
  private final Argon2id.Cost cost;
  private final SecureRandom random;

  private final List<String> created = new ArrayList<>();
  private final Set<String> resealed = new HashSet<>();
  private final List<String> unreadable = new ArrayList<>();

  /**
   * A rotation.
   *
   * @param keys the repository keys at hand, by generation
   */
  Rotation(
      KeyObjects objects,
      DomainShelf shelf,
      Marker marker,
      NavigableMap<Integer, SecretBytes> keys,
      Argon2id.Cost cost,
      SecureRandom random) {
    this.objects = objects;
    this.shelf = shelf;
    this.marker = marker;
    this.keys = keys;
    this.cost = cost;
    this.random = random;
  }

  /**
   * Makes the next key and seals it for the holders, the first of whom is at hand. Whatever fails
   * before the commit is taken back; behind it {@code keys} holds the new key.
   */
  Rotated run(List<Holder> holders) throws IOException {
    int base = keys.lastKey();
    requireNewest(base, "rotate the repository key");
    Map<String, NavigableSet<Integer>> domains = shelf.all();
    int next = base + 1;
    for (NavigableSet<Integer> generations : domains.values()) {
      next = Math.max(next, generations.last() + 1); // what a rotation that failed has left
    }
    byte[] secret = new byte[Aead.KEY_BYTES];
    random.nextBytes(secret);
    SecretBytes key = SecretBytes.copyOf(secret);
    Arrays.fill(secret, (byte) 0);
    try {
      for (Map.Entry<String, NavigableSet<Integer>> domain : domains.entrySet()) {
        reseal(domain.getKey(), domain.getValue(), next, key);
      }
      wrap(holders.get(0), next, key);
      requireAlone(base);
    } catch (IOException e) {
      takeBack(e);
      key.close();
      if (KeyObjects.isTaken(e)) {
        throw lost(e);
      }
      throw e;
    }
    keys.put(next, key);
    for (Holder holder : holders.subList(1, holders.size())) {
      wrap(holder, next, key);
    }
    return finish();
  }

  /** Deletes what is older than the key at hand. */
  Rotated finish() throws IOException {
    Map.Entry<Integer, SecretBytes> newest = keys.lastEntry();
    int generation = newest.getKey();
    SecretBytes key = newest.getValue();
    requireNewest(generation, "finish the rotation of the repository key");
    List<WrappingInfo> wrappings = RepositoryKeys.describeAll(objects);
    Set<String> names = new HashSet<>();
    wrappings.stream().filter(w -> w.generation() == generation).forEach(w -> names.add(w.name()));
    List<WrappingInfo> old = wrappings.stream().filter(w -> w.generation() < generation).toList();
    // Before the wrappings of older keys go: a domain that was made while this was under way.
    for (Map.Entry<String, NavigableSet<Integer>> domain : shelf.all().entrySet()) {
      reseal(domain.getKey(), domain.getValue(), generation, key);
      if (resealed.contains(domain.getKey())
          && shelf.generations(domain.getKey()).headSet(generation).isEmpty()) {
        shelf.delete(domain.getKey(), generation); // shredded meanwhile
      }
    }
    for (WrappingInfo wrapping : old) {
      objects.delete(WrappingKey.PREFIX + wrapping.id());
    }
    for (Map.Entry<String, NavigableSet<Integer>> domain : shelf.all().entrySet()) {
      if (domain.getValue().contains(generation)) {
        for (int before : domain.getValue().headSet(generation)) {
          shelf.delete(domain.getKey(), before);
        }
      }
    }
    for (int before : List.copyOf(keys.headMap(generation).keySet())) {
      SecretBytes gone = keys.remove(before);
      if (gone != null) {
        gone.close();
      }
    }
    return new Rotated(
        generation, old.stream().filter(w -> !names.contains(w.name())).toList(), unreadable);
  }

  /** Seals a domain's key by the new key, unless it is, or nobody here can open it. */
  private void reseal(String domain, NavigableSet<Integer> generations, int next, SecretBytes key)
      throws IOException {
    if (generations.contains(next)) {
      return;
    }
    for (int generation : generations.descendingSet()) {
      SecretBytes at = keys.get(generation);
      if (at == null) {
        continue;
      }
      Optional<DomainSecret> secret = shelf.read(domain, generation, at);
      if (secret.isPresent()) {
        try {
          shelf.create(domain, next, key, secret.get());
        } finally {
          secret.get().key().close();
        }
        created.add(DomainShelf.keyObject(domain, next)); // behind: another one's stays
        resealed.add(domain);
        return;
      }
    }
    if (!unreadable.contains(domain) && !shelf.generations(domain).isEmpty()) {
      unreadable.add(domain);
    }
  }

  private void wrap(Holder holder, int generation, SecretBytes key) throws IOException {
    WrappingKey place = WrappingKey.fresh(generation, random);
    Wrapping wrapping =
        Wrapping.seal(
            key,
            holder.credential(),
            holder.name(),
            marker.associatedData(place.key()),
            cost,
            random);
    created.add(place.key()); // before: a create whose reply was lost for good may have happened
    objects.create(place.key(), wrapping.encode());
  }

  private void requireNewest(int generation, String verb) throws IOException {
    for (WrappingKey wrapping : WrappingKey.all(objects)) {
      if (wrapping.generation() > generation) {
        throw new ProviderException(
            ErrorKind.PRECONDITION,
            "Cannot "
                + verb
                + " in "
                + objects.where()
                + ": it has generation "
                + wrapping.generation()
                + " already, this credential opened "
                + generation
                + ". Open the repository with a credential of the newest one.");
      }
    }
  }

  private void requireAlone(int base) throws IOException {
    for (WrappingKey wrapping : WrappingKey.all(objects)) {
      if (wrapping.generation() > base && !created.contains(wrapping.key())) {
        throw new ProviderException(
            ErrorKind.PRECONDITION, "found " + wrapping.key() + " of another one");
      }
    }
  }

  private ProviderException lost(IOException cause) {
    return new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot rotate the repository key in "
            + objects.where()
            + ": another rotation is under way. Open the repository again, and look whether it is"
            + " still to be done.",
        cause);
  }

  /** The wrapping first: while it stands, the domains' keys must. */
  private void takeBack(IOException failure) {
    try {
      for (int i = created.size() - 1; i >= 0; i--) {
        objects.delete(created.get(i));
      }
    } catch (IOException e) {
      failure.addSuppressed(e); // the next rotation removes the rest
    }
  }
}
