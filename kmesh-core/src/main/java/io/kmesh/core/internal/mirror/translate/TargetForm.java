// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.translate;

import io.kmesh.core.internal.mirror.MirrorAttributes;
import io.kmesh.core.internal.mirror.MirrorKeys;
import io.kmesh.core.internal.mirror.dialect.DialectWords;
import io.kmesh.engine.MirrorDialect;
import io.kmesh.spi.posix.FileType;
import java.net.URI;
import java.util.Base64;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** Says what an entry becomes in a dialect. Immutable. */
final class TargetForm {
  private final MirrorDialect dialect;
  private final URI source;
  private final String sourcePrefix;
  private final URI target;
  private final MirrorKeys keys;

  /**
   * The form in a dialect.
   *
   * @param source the source's store
   * @param target the target's store
   * @param keys those of the target
   */
  TargetForm(MirrorDialect dialect, URI source, String sourcePrefix, URI target, MirrorKeys keys) {
    this.dialect = dialect;
    this.source = source;
    this.sourcePrefix = sourcePrefix;
    this.target = target;
    this.keys = keys;
  }

  /** The place that an object's stamp names. */
  String origin(String key) {
    return Stamp.originOf(source, sourcePrefix + key);
  }

  /**
   * What an entry becomes. The root's attributes, and an entry whose type the dialect has no word
   * for, get none of its words: others would take them for something else.
   */
  TargetObject of(SourceEntry entry) {
    SortedMap<String, String> words = new TreeMap<>(entry.extras());
    words.keySet().removeAll(DialectWords.names(dialect));
    String key = key(entry);
    SortedSet<String> losses = new TreeSet<>();
    if (!key.equals(MirrorKeys.ROOT)) {
      SortedMap<String, String> said = new TreeMap<>(words);
      said.putAll(DialectWords.of(dialect, entry.stat(), entry.unknown(), target));
      losses = new Losses(dialect, entry, key, said).words();
      if (!losses.contains(Losses.TYPE)) {
        words = said;
      }
    }
    words.put(
        Stamp.NAME,
        new Stamp(dialect, origin(entry.key()), entry.info().etag(), entry.bodyOf()).text());
    return new TargetObject(key, words, own(entry, key), entry.body(), losses);
  }

  private String key(SourceEntry entry) {
    if (entry.key().equals(MirrorKeys.ROOT)) {
      return entry.key();
    }
    boolean isDirectory = entry.stat().type() == FileType.DIRECTORY;
    String key = entry.key();
    if (entry.isMirrored()) {
      boolean isOfPath = !key.startsWith(MirrorKeys.OWN) || key.startsWith(MirrorKeys.LONG);
      if (isOfPath) {
        key = isDirectory ? keys.ofDirectory(entry.path()) : keys.ofFile(entry.path());
      }
    }
    if (!isDirectory || key.startsWith(MirrorKeys.OWN)) {
      return key;
    }
    String bare = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
    return hasSlash() ? bare + "/" : bare;
  }

  /** On Azure a mark tells a directory, whose blob is named as it is. */
  private boolean hasSlash() {
    return dialect != MirrorDialect.AMLFS && dialect != MirrorDialect.AZCOPY;
  }

  private static SortedMap<String, String> own(SourceEntry entry, String key) {
    SortedMap<String, String> own = new TreeMap<>(entry.own());
    if (own.isEmpty() || key.startsWith(MirrorKeys.BY_FID)) {
      return own;
    }
    own.remove(MirrorAttributes.PATH);
    if (!MirrorKeys.saysPath(key)) {
      own.put(MirrorAttributes.PATH, Base64.getEncoder().encodeToString(entry.path().toBytes()));
    }
    return own;
  }
}
