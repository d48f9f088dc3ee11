// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.mirror.dialect;

import io.kmesh.engine.MirrorDialect;
import io.kmesh.path.PathBytes;
import io.kmesh.spi.posix.FileTime;
import io.kmesh.spi.posix.FileType;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one dialect says of an entry, filled while it is read. What can't be read is a problem with
 * the name of its key, and not said. Not thread-safe.
 */
public final class Saying {
  private final MirrorDialect dialect;
  private final Map<Attribute, Object> said = new EnumMap<>(Attribute.class);
  private final List<String> problems = new ArrayList<>();
  private @Nullable PathBytes linkText;

  Saying(MirrorDialect dialect) {
    this.dialect = dialect;
  }

  /** Reads a value. */
  interface Reader<T> {
    /** Empty when the text is none. */
    Optional<T> read(String text);
  }

  /** Says an attribute when its key is there and can be read. */
  <T> Optional<T> take(Map<String, String> metadata, String key, Reader<T> reader) {
    String text = metadata.get(key);
    if (text == null) {
      return Optional.empty();
    }
    Optional<T> value = reader.read(text.strip());
    if (value.isEmpty()) {
      problems.add(dialect.word() + ": " + key + "=" + PathBytes.of(text.replace("\0", "")));
    }
    return value;
  }

  Saying say(Attribute attribute, Object value) {
    said.put(attribute, value);
    return this;
  }

  void mode(int bits) {
    say(Attribute.PERMISSIONS, bits & 0777);
    say(Attribute.STICKY, bits & 01000);
    say(Attribute.SET_ID, bits & 06000);
  }

  void type(FileType type) {
    say(Attribute.TYPE, type);
  }

  void linkText(PathBytes text) {
    linkText = text;
  }

  /** Whose words they are. */
  public MirrorDialect dialect() {
    return dialect;
  }

  /** All that is said. */
  public Map<Attribute, Object> said() {
    return Map.copyOf(said);
  }

  /** The keys and values that can't be read. */
  public List<String> problems() {
    return List.copyOf(problems);
  }

  /** The text of a link that the metadata holds instead of the body. */
  public Optional<PathBytes> linkText() {
    return Optional.ofNullable(linkText);
  }

  Optional<FileType> type() {
    return Optional.ofNullable((FileType) said.get(Attribute.TYPE));
  }

  Optional<FileTime> time(Attribute attribute) {
    return Optional.ofNullable((FileTime) said.get(attribute));
  }
}
