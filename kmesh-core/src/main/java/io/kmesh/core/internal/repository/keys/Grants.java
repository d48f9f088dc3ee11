// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.repository.keys;

import io.kmesh.core.internal.crypto.Argon2id;
import io.kmesh.spi.ErrorKind;
import io.kmesh.spi.ProviderException;
import io.kmesh.spi.key.SecretBytes;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Single domains wrapped for holders who do not get the repository key. Thread-safe. */
final class Grants {
  private static final Pattern ID = Pattern.compile("[0-9a-f]{16}/[0-9a-f]{16}");

  private final KeyObjects objects;
  private final DomainShelf shelf;
  private final Marker marker;

  Grants(KeyObjects objects, DomainShelf shelf, Marker marker) {
    this.objects = objects;
    this.shelf = shelf;
    this.marker = marker;
  }

  WrappingInfo create(
      String domain, DomainSecret secret, Holder holder, Argon2id.Cost cost, SecureRandom random)
      throws IOException {
    String id = WrappingKey.randomId(random);
    String key = DomainShelf.grants(domain) + id;
    byte[] content = secret.encode();
    try (SecretBytes plain = SecretBytes.copyOf(content)) {
      Wrapping wrapping =
          Wrapping.seal(
              plain, holder.credential(), holder.name(), marker.associatedData(key), cost, random);
      objects.create(key, wrapping.encode());
      if (shelf.generations(domain).isEmpty()) {
        objects.delete(key); // shredded while this was on its way
        throw RepositoryKeys.noDomain(objects, secret.name());
      }
      return new WrappingInfo(domain + "/" + id, wrapping.kind(), wrapping.name(), 0);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  List<WrappingInfo> list(String domain) throws IOException {
    String prefix = DomainShelf.grants(domain);
    List<WrappingInfo> grants = new ArrayList<>();
    for (String key : objects.list(prefix)) {
      String id = domain + "/" + key.substring(prefix.length());
      if (ID.matcher(id).matches()) {
        describe(objects, key, id, 0).ifPresent(grants::add);
      }
    }
    return grants;
  }

  /** What a wrapping says of itself; empty when it is gone. */
  static Optional<WrappingInfo> describe(KeyObjects objects, String key, String id, int generation)
      throws IOException {
    try {
      Optional<byte[]> text = objects.find(key);
      if (text.isEmpty()) {
        return Optional.empty();
      }
      Wrapping wrapping = Wrapping.decode(key, text.get());
      return Optional.of(new WrappingInfo(id, wrapping.kind(), wrapping.name(), generation));
    } catch (ProviderException e) {
      if (e.kind() != ErrorKind.CORRUPT && e.kind() != ErrorKind.UNSUPPORTED) {
        throw e;
      }
      return Optional.of(
          new WrappingInfo(
              id, WrappingInfo.Kind.UNREADABLE, String.valueOf(e.getMessage()), generation));
    }
  }

  void revoke(String id) throws IOException {
    if (!ID.matcher(id).matches()) {
      throw missing(id);
    }
    String key = DomainShelf.grants(id.substring(0, 16)) + id.substring(17);
    if (objects.find(key).isEmpty()) {
      throw missing(id);
    }
    objects.delete(key);
  }

  private ProviderException missing(String id) {
    return new ProviderException(
        ErrorKind.NOT_FOUND,
        "Cannot revoke the grant "
            + KeyJson.printable(id)
            + " in "
            + objects.where()
            + ": there is none. List the grants of the domain.");
  }

  /** Opens the only one of these domains that the credential opens. */
  DomainKeys open(Collection<String> domains, Credential credential) throws IOException {
    Opening opening = new Opening("a domain in " + objects.where(), objects, marker, credential);
    List<DomainKeys> opened = new ArrayList<>();
    for (String domain : domains) {
      for (String key : objects.list(DomainShelf.grants(domain))) {
        Optional<SecretBytes> content = opening.open(key);
        if (content.isPresent()) {
          opened.add(decode(domain, key, content.get()));
          break;
        }
      }
    }
    if (opened.isEmpty()) {
      throw opening.failure();
    }
    if (opened.size() > 1) {
      List<String> ids = opened.stream().map(DomainKeys::id).toList();
      opened.forEach(DomainKeys::close);
      throw new ProviderException(
          ErrorKind.INVALID,
          "Cannot open a domain in "
              + objects.where()
              + ": the credential opens several, "
              + String.join(", ", ids)
              + ". Say which one.");
    }
    return opened.get(0);
  }

  private static DomainKeys decode(String domain, String key, SecretBytes content)
      throws ProviderException {
    byte[] text = content.reveal();
    content.close();
    try {
      return new DomainKeys(domain, DomainSecret.decode(key, text));
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }
}
