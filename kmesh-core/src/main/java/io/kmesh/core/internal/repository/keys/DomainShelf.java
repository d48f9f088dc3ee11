// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.crypto.Box;
import io.kmesh.spi.key.SecretBytes;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The domains' key objects. Thread-safe. */
final class DomainShelf {
  private static final String PREFIX = "domains/";
  private static final Pattern ID = Pattern.compile("domains/([0-9a-f]{16})/.*");
  private static final Pattern KEY = Pattern.compile("domains/[0-9a-f]{16}/key-([1-9][0-9]{0,8})");

  private final KeyObjects objects;

  DomainShelf(KeyObjects objects) {
    this.objects = objects;
  }

  static String keyObject(String domain, int generation) {
    return PREFIX + domain + "/key-" + generation;
  }

  static String grants(String domain) {
    return PREFIX + domain + "/grants/";
  }

  static boolean isId(String text) {
    return ID.matcher(PREFIX + text + "/").matches();
  }

  /** All domains that have any object. Their packs, which may be millions, are skipped over. */
  SortedSet<String> ids() throws IOException {
    SortedSet<String> ids = new TreeSet<>();
    if (!objects.listsInOrder()) {
      objects.list(PREFIX).forEach(key -> id(key).ifPresent(ids::add));
      return ids;
    }
    Optional<String> key = objects.firstBehind(PREFIX, PREFIX);
    while (key.isPresent()) {
      Optional<String> id = id(key.get());
      id.ifPresent(ids::add);
      // '0' follows '/': all keys of the domain are before it, the next domain's behind.
      String behind = id.isPresent() ? PREFIX + id.get() + (char) ('/' + 1) : key.get();
      key = objects.firstBehind(PREFIX, behind);
    }
    return ids;
  }

  private static Optional<String> id(String key) {
    Matcher matcher = ID.matcher(key);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** The generations that a domain's key is sealed by; none of a domain that was shredded. */
  NavigableSet<Integer> generations(String domain) throws IOException {
    NavigableSet<Integer> generations = new TreeSet<>();
    for (String key : objects.list(PREFIX + domain + "/key-")) {
      Matcher matcher = KEY.matcher(key);
      if (matcher.matches()) {
        generations.add(Integer.parseInt(matcher.group(1)));
      }
    }
    return generations;
  }

  /** All domains that have a key, with its generations. */
  Map<String, NavigableSet<Integer>> all() throws IOException {
    Map<String, NavigableSet<Integer>> all = new LinkedHashMap<>();
    for (String id : ids()) {
      NavigableSet<Integer> generations = generations(id);
      if (!generations.isEmpty()) {
        all.put(id, generations);
      }
    }
    return all;
  }

  /** A domain's secret; empty when the object is gone. */
  Optional<DomainSecret> read(String domain, int generation, SecretBytes repositoryKey)
      throws IOException {
    String key = keyObject(domain, generation);
    Optional<byte[]> sealed = objects.find(key);
    if (sealed.isEmpty()) {
      return Optional.empty();
    }
    byte[] content = new Box(repositoryKey).open(Box.Kind.DOMAIN_KEY, key, sealed.get()).content();
    try {
      return Optional.of(DomainSecret.decode(key, content));
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /** Seals a domain's secret where it is not yet. */
  void create(String domain, int generation, SecretBytes repositoryKey, DomainSecret secret)
      throws IOException {
    String key = keyObject(domain, generation);
    byte[] content = secret.encode();
    try {
      objects.create(key, new Box(repositoryKey).seal(Box.Kind.DOMAIN_KEY, 0, key, content));
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  void delete(String domain, int generation) throws IOException {
    objects.delete(keyObject(domain, generation));
  }

  /**
   * Deletes all that opens a domain, and again what a rotation or a grant under way adds meanwhile.
   */
  void shred(String domain) throws IOException {
    List<String> left = keysAndGrants(domain);
    while (!left.isEmpty()) {
      for (String key : left) {
        objects.delete(key);
      }
      left = keysAndGrants(domain);
    }
  }

  private List<String> keysAndGrants(String domain) throws IOException {
    List<String> keys = objects.list(PREFIX + domain + "/key-");
    keys.addAll(objects.list(grants(domain)));
    return keys;
  }
}
