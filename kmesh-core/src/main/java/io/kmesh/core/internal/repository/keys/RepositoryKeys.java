// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.crypto.Aead;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.store.ObjectStore;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The opened repository key: who else may open the repository, and the domains. Thread-safe. {@link
 * #close} wipes it; keys of domains that were handed out stay until they are closed themselves.
 */
public final class RepositoryKeys implements AutoCloseable {
  /** The domain that every new repository has. */
  public static final String MAIN = "main";

  private final KeyObjects objects;
  private final KeySettings settings;
  private final Marker marker;
  private final DomainShelf shelf;
  private final Grants grants;
  private final SecureRandom random = new SecureRandom();
  // Guarded by this. Older ones than the newest only while a rotation is unfinished.
  private final NavigableMap<Integer, SecretBytes> keys;

  private RepositoryKeys(
      KeyObjects objects,
      KeySettings settings,
      Marker marker,
      NavigableMap<Integer, SecretBytes> keys) {
    this.objects = objects;
    this.settings = settings;
    this.marker = marker;
    this.shelf = new DomainShelf(objects);
    this.grants = new Grants(objects, shelf, marker);
    this.keys = keys;
  }

  /**
   * Makes a repository with one holder and the domain {@link #MAIN}. What a process that ended left
   * of one is completed.
   *
   * @throws ProviderException EXISTS when there is a repository, PRECONDITION when another process
   *     is making one
   */
  public static RepositoryKeys init(ObjectStore store, KeySettings settings, Holder holder)
      throws IOException {
    KeyObjects objects = new KeyObjects(store, settings);
    objects.requireWritable("make a repository");
    Names.require("wrapping", holder.name(), Wrapping.LONGEST_NAME);
    SecureRandom random = new SecureRandom();
    Marker marker = mark(objects, random);
    RepositoryKeys opened;
    if (WrappingKey.all(objects).isEmpty()) {
      NavigableMap<Integer, SecretBytes> keys = new TreeMap<>();
      keys.put(1, firstKey(objects, settings, marker, holder, random));
      opened = new RepositoryKeys(objects, settings, marker, keys);
    } else if (new DomainShelf(objects).ids().isEmpty()) {
      opened = open(objects, settings, holder.credential());
    } else {
      throw new ProviderException(
          ErrorKind.EXISTS,
          "Cannot make a repository in "
              + objects.where()
              + ": there is one. Open it, or choose another place.");
    }
    try {
      opened.createDomain(MAIN);
      return opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  /** The marker; what it says is not secret, so that one that is there serves as well. */
  private static Marker mark(KeyObjects objects, SecureRandom random) throws IOException {
    byte[] id = new byte[16];
    random.nextBytes(id);
    Marker fresh = new Marker(HexFormat.of().formatHex(id));
    try {
      objects.create(Marker.KEY, fresh.encode());
      return fresh;
    } catch (ProviderException e) {
      if (!KeyObjects.isTaken(e)) {
        throw e;
      }
      return marker(objects);
    }
  }

  private static SecretBytes firstKey(
      KeyObjects objects, KeySettings settings, Marker marker, Holder holder, SecureRandom random)
      throws IOException {
    byte[] secret = new byte[Aead.KEY_BYTES];
    random.nextBytes(secret);
    WrappingKey place = WrappingKey.fresh(1, random);
    SecretBytes key = SecretBytes.copyOf(secret);
    Arrays.fill(secret, (byte) 0);
    Wrapping wrapping =
        Wrapping.seal(
            key,
            holder.credential(),
            holder.name(),
            marker.associatedData(place.key()),
            settings.cost(),
            random);
    objects.create(place.key(), wrapping.encode());
    if (!WrappingKey.all(objects).equals(List.of(place))) {
      objects.delete(place.key());
      throw new ProviderException(
          ErrorKind.PRECONDITION,
          "Cannot make a repository in "
              + objects.where()
              + ": another process is making one. Open that one, or try again.");
    }
    return key;
  }

  /**
   * Opens a repository's keys.
   *
   * @throws ProviderException NOT_FOUND when there is no repository, DENIED when the credential
   *     opens none of the wrappings, UNSUPPORTED when it is newer than this build
   */
  public static RepositoryKeys open(ObjectStore store, KeySettings settings, Credential credential)
      throws IOException {
    return open(new KeyObjects(store, settings), settings, credential);
  }

  private static RepositoryKeys open(
      KeyObjects objects, KeySettings settings, Credential credential) throws IOException {
    Marker marker = marker(objects);
    List<WrappingKey> wrappings = WrappingKey.all(objects);
    if (wrappings.isEmpty()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot open the repository in "
              + objects.where()
              + ": it has no wrapped key; whoever made it did not come to the end. Make it again.");
    }
    Opening opening =
        new Opening("the repository in " + objects.where(), objects, marker, credential);
    NavigableMap<Integer, SecretBytes> keys = new TreeMap<>();
    for (WrappingKey wrapping : wrappings) {
      // Older generations are there only while a rotation is unfinished; a domain may need them.
      if (!keys.containsKey(wrapping.generation())) {
        Optional<SecretBytes> key = opening.open(wrapping.key());
        if (key.isPresent()) {
          keys.put(wrapping.generation(), requireKey(wrapping, key.get()));
        }
      }
    }
    if (keys.isEmpty()) {
      throw opening.failure();
    }
    return new RepositoryKeys(objects, settings, marker, keys);
  }

  private static SecretBytes requireKey(WrappingKey wrapping, SecretBytes key)
      throws ProviderException {
    byte[] bytes = key.reveal();
    Arrays.fill(bytes, (byte) 0);
    if (bytes.length != Aead.KEY_BYTES) {
      throw KeyJson.damaged(wrapping.key(), "it holds " + bytes.length + " bytes, no key", null);
    }
    return key;
  }

  private static Marker marker(KeyObjects objects) throws IOException {
    Optional<byte[]> text = objects.find(Marker.KEY);
    if (text.isEmpty()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot open a repository in "
              + objects.where()
              + ": there is none. Name the right place, or make one.");
    }
    return Marker.decode(text.get());
  }

  /**
   * Opens a domain by a grant.
   *
   * @param domainOrNull its id; null for the only one that the credential opens
   * @throws ProviderException NOT_FOUND when there is no repository, DENIED when no grant opens,
   *     INVALID when several domains do
   */
  public static DomainKeys openByGrant(
      ObjectStore store, KeySettings settings, @Nullable String domainOrNull, Credential credential)
      throws IOException {
    KeyObjects objects = new KeyObjects(store, settings);
    Marker marker = marker(objects);
    DomainShelf shelf = new DomainShelf(objects);
    Collection<String> domains = domainOrNull == null ? shelf.ids() : List.of(domainOrNull);
    return new Grants(objects, shelf, marker).open(domains, credential);
  }

  /** The repository's id. */
  public String repository() {
    return marker.repository();
  }

  /** The generation of the repository key that this credential opened. */
  public synchronized int generation() {
    return newest();
  }

  private int newest() {
    if (keys.isEmpty()) {
      throw new IllegalStateException("Cannot use a repository's keys that were closed.");
    }
    return keys.lastKey();
  }

  /** All wrappings of the repository key, the newest generation first. */
  public List<WrappingInfo> wrappings() throws IOException {
    return describeAll(objects);
  }

  static List<WrappingInfo> describeAll(KeyObjects objects) throws IOException {
    List<WrappingInfo> all = new ArrayList<>();
    for (WrappingKey w : WrappingKey.all(objects)) {
      Grants.describe(objects, w.key(), w.id(), w.generation()).ifPresent(all::add);
    }
    return all;
  }

  /**
   * Lets another holder open the repository.
   *
   * @throws ProviderException PRECONDITION when the key was rotated meanwhile
   */
  public synchronized WrappingInfo addWrapping(Holder holder) throws IOException {
    objects.requireWritable("add a wrapping");
    int generation = newest();
    requireNewest("add a wrapping");
    WrappingKey place = WrappingKey.fresh(generation, random);
    Wrapping wrapping =
        Wrapping.seal(
            key(generation),
            holder.credential(),
            holder.name(),
            marker.associatedData(place.key()),
            settings.cost(),
            random);
    objects.create(place.key(), wrapping.encode());
    try {
      requireNewest("add a wrapping");
    } catch (ProviderException e) {
      objects.delete(place.key());
      throw e;
    }
    return new WrappingInfo(place.id(), wrapping.kind(), wrapping.name(), generation);
  }

  /**
   * Takes a wrapping away. Who knew the repository key may have kept it: {@link #rotate} as well.
   *
   * @throws ProviderException NOT_FOUND when there is none, PRECONDITION when it is the last
   */
  public synchronized void removeWrapping(String id) throws IOException {
    Optional<WrappingKey> place = WrappingKey.parse(WrappingKey.PREFIX + id);
    Optional<byte[]> text = place.isPresent() ? objects.find(place.get().key()) : Optional.empty();
    if (place.isEmpty() || text.isEmpty()) {
      throw new ProviderException(
          ErrorKind.NOT_FOUND,
          "Cannot remove the wrapping "
              + KeyJson.printable(id)
              + " in "
              + objects.where()
              + ": there is none. List the wrappings.");
    }
    WrappingKey wrapping = place.get();
    if (!hasOther(wrapping)) {
      throw last(id);
    }
    objects.delete(wrapping.key());
    if (!hasOther(wrapping)) {
      // Someone removed the other at the same time, and may not see that it was the last.
      objects.create(wrapping.key(), text.get());
      throw last(id);
    }
  }

  /** Of the newest generation: older ones go with the end of a rotation. */
  private boolean hasOther(WrappingKey wrapping) throws IOException {
    List<WrappingKey> all = WrappingKey.all(objects);
    return all.stream()
        .anyMatch(w -> w.generation() == all.get(0).generation() && !w.equals(wrapping));
  }

  private ProviderException last(String id) {
    return new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot remove the wrapping "
            + id
            + " in "
            + objects.where()
            + ": it is the last, and without it nobody could open the repository. Add another"
            + " one first.");
  }

  /**
   * Replaces the repository key; no data is written again. Wrappings of other names than those of
   * the holders are dropped. After a process that ended in a rotation, another one completes it.
   *
   * @param atHand who opens the repository from now on whatever happens
   * @param others who else shall
   * @throws ProviderException PRECONDITION when another rotation is under way or was faster
   */
  public synchronized Rotated rotate(Holder atHand, List<Holder> others) throws IOException {
    objects.requireWritable("rotate the repository key");
    newest();
    List<Holder> holders = new ArrayList<>();
    holders.add(atHand);
    holders.addAll(others);
    return rotation().run(holders);
  }

  /**
   * Completes a rotation whose process ended, without a further new key.
   *
   * @throws ProviderException PRECONDITION when this credential did not open the newest key
   */
  public synchronized Rotated finishRotation() throws IOException {
    objects.requireWritable("finish a rotation");
    newest();
    return rotation().finish();
  }

  private Rotation rotation() {
    return new Rotation(objects, shelf, marker, keys, settings.cost(), random);
  }

  /** The domains. */
  public synchronized List<DomainInfo> domains() throws IOException {
    List<DomainInfo> infos = new ArrayList<>();
    for (Map.Entry<String, NavigableSet<Integer>> domain : shelf.all().entrySet()) {
      describe(domain.getKey(), domain.getValue()).ifPresent(infos::add);
    }
    return infos;
  }

  private Optional<DomainInfo> describe(String id, NavigableSet<Integer> generations)
      throws IOException {
    try {
      Optional<DomainSecret> secret = read(id, generations);
      secret.ifPresent(s -> s.key().close());
      return secret.map(s -> new DomainInfo(id, s.name(), ""));
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT
          && e.kind() != ErrorKind.UNSUPPORTED
          && e.kind() != ErrorKind.PRECONDITION) {
        throw e;
      }
      return Optional.of(new DomainInfo(id, "", String.valueOf(e.getMessage())));
    }
  }

  /** A domain's secret; empty when it was shredded meanwhile. */
  private Optional<DomainSecret> read(String id, NavigableSet<Integer> generations)
      throws IOException {
    newest();
    for (int generation : generations.descendingSet()) {
      SecretBytes key = keys.get(generation);
      if (key != null) {
        Optional<DomainSecret> secret = shelf.read(id, generation, key);
        if (secret.isPresent()) {
          return secret;
        }
      }
    }
    NavigableSet<Integer> now = shelf.generations(id);
    if (now.isEmpty()) {
      return Optional.empty();
    }
    throw new ProviderException(
        ErrorKind.PRECONDITION,
        "Cannot read "
            + DomainShelf.keyObject(id, now.last())
            + ": this credential opened the repository key of generation "
            + newest()
            + ". Open the repository again, with a credential of the newest one.");
  }

  /**
   * Makes a domain with a key of its own.
   *
   * @throws ProviderException EXISTS when the name is taken, PRECONDITION when the repository key
   *     was rotated or the name was taken meanwhile
   */
  public synchronized DomainInfo createDomain(String name) throws IOException {
    return createDomain(name, Chunking.DATA, Chunking.IMAGE);
  }

  /** Makes a domain whose content is cut otherwise. */
  public synchronized DomainInfo createDomain(String name, Chunking data, Chunking image)
      throws IOException {
    objects.requireWritable("make a domain");
    Names.require("domain", name, DomainSecret.LONGEST_NAME);
    requireNewest("make a domain");
    if (domains().stream().anyMatch(d -> d.name().equals(name))) {
      throw taken(ErrorKind.EXISTS, name, "there is one of that name");
    }
    String id = WrappingKey.randomId(random);
    byte[] bytes = new byte[Aead.KEY_BYTES];
    random.nextBytes(bytes);
    int generation = newest();
    try (SecretBytes key = SecretBytes.copyOf(bytes)) {
      shelf.create(id, generation, key(generation), new DomainSecret(name, key, data, image));
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
    try {
      requireNewest("make a domain");
      if (domains().stream().anyMatch(d -> d.name().equals(name) && !d.id().equals(id))) {
        throw taken(ErrorKind.PRECONDITION, name, "another process made one at the same time");
      }
    } catch (ProviderException e) {
      shelf.shred(id);
      throw e;
    }
    return new DomainInfo(id, name, "");
  }

  private ProviderException taken(ErrorKind kind, String name, String reason) {
    return new ProviderException(
        kind,
        "Cannot make the domain "
            + KeyJson.printable(name)
            + " in "
            + objects.where()
            + ": "
            + reason
            + ". Use that one, or choose another name.");
  }

  /**
   * A domain's keys, which the caller closes.
   *
   * @throws ProviderException NOT_FOUND when there is none, CORRUPT when its key is damaged
   */
  public synchronized DomainKeys domain(String name) throws IOException {
    return domainById(idOf(name));
  }

  private DomainKeys domainById(String id) throws IOException {
    return read(id, shelf.generations(id))
        .map(secret -> new DomainKeys(id, secret))
        .orElseThrow(() -> noDomain(objects, id));
  }

  private synchronized String idOf(String name) throws IOException {
    List<DomainInfo> all = domains();
    for (DomainInfo domain : all) {
      if (domain.isReadable() && domain.name().equals(name)) {
        return domain.id();
      }
    }
    for (DomainInfo domain : all) {
      if (!domain.isReadable()) {
        domainById(domain.id()).close(); // fails, and says why
      }
    }
    throw noDomain(objects, name);
  }

  static ProviderException noDomain(KeyObjects objects, String name) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot open the domain "
            + KeyJson.printable(name)
            + " in "
            + objects.where()
            + ": there is none. List the domains, or make it.");
  }

  /**
   * Deletes all keys of a domain: nothing in it can be read ever again, by anyone. The caller
   * deletes its other objects.
   *
   * @return its id
   */
  public synchronized String shredDomain(String name) throws IOException {
    String id = idOf(name);
    shelf.shred(id);
    return id;
  }

  /** Deletes all keys of a domain by its id, as of one whose name can't be read. */
  public synchronized void shredDomainById(String id) throws IOException {
    if (!DomainShelf.isId(id) || shelf.generations(id).isEmpty()) {
      throw noDomain(objects, id);
    }
    shelf.shred(id);
  }

  /** Lets a holder open one domain, without the repository key. */
  public synchronized WrappingInfo grant(String domain, Holder holder) throws IOException {
    objects.requireWritable("grant a domain");
    try (DomainKeys keysOfDomain = domain(domain)) {
      return grants.create(
          keysOfDomain.id(), keysOfDomain.secret(), holder, settings.cost(), random);
    }
  }

  /** Who else may open a domain. */
  public List<WrappingInfo> grants(String domain) throws IOException {
    return grants.list(idOf(domain));
  }

  /** Takes a grant away. Who had it may have kept the domain's key. */
  public void revokeGrant(String id) throws IOException {
    grants.revoke(id);
  }

  private SecretBytes key(int generation) {
    SecretBytes key = keys.get(generation);
    if (key == null) {
      throw new IllegalStateException("No key of generation " + generation + " is at hand.");
    }
    return key;
  }

  private void requireNewest(String verb) throws IOException {
    int generation = newest();
    for (WrappingKey wrapping : WrappingKey.all(objects)) {
      if (wrapping.generation() > generation) {
        throw new ProviderException(
            ErrorKind.PRECONDITION,
            "Cannot "
                + verb
                + " in "
                + objects.where()
                + ": the repository key was rotated to generation "
                + wrapping.generation()
                + ". Open the repository again, with a credential of that one.");
      }
    }
  }

  /** Wipes the repository key. */
  @Override
  public synchronized void close() {
    keys.values().forEach(SecretBytes::close);
    keys.clear();
  }

  @Override
  public String toString() {
    return "RepositoryKeys(" + marker.repository() + ", ****)";
  }
}
