// SPDX-License-Identifier: Apache-2.0
package io.kmesh.core.internal.nio;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Attributes as {@code view:one,two} or {@code view:*}. */
final class AttributeNames {
  private static final Set<String> VIEWS = Set.of("basic", "owner", "posix", "unix", "user");

  private final String view;
  private final List<String> names;

  AttributeNames(String text) {
    int colon = text.indexOf(':');
    view = colon < 0 ? "basic" : text.substring(0, colon);
    names = List.of(text.substring(colon + 1).split(",", -1));
    if (!VIEWS.contains(view)) {
      throw new UnsupportedOperationException(
          "Cannot use the attributes " + text + ": there is no view " + view + ".");
    }
  }

  Map<String, Object> read(KmeshPath path, boolean follows) throws IOException {
    boolean isAll = names.contains("*");
    Map<String, Object> values = new LinkedHashMap<>();
    if (view.equals("user")) {
      UserAttributes user = new UserAttributes(path, follows);
      for (String name : isAll ? user.list() : names) {
        values.put(name, user.value(name));
      }
      return values;
    }
    Map<String, Object> all = new EntryView(path, follows, view).readAttributes().all(view);
    if (isAll) {
      return all;
    }
    for (String name : names) {
      Object value = all.get(name);
      if (value == null) {
        throw new IllegalArgumentException("Cannot read " + view + ":" + name + ": not known.");
      }
      values.put(name, value);
    }
    return values;
  }

  void set(KmeshPath path, boolean follows, @Nullable Object value) throws IOException {
    String name = names.get(0);
    if (!view.equals("user")) {
      new EntryView(path, follows, view).set(name, value);
    } else if (value instanceof byte[] bytes) {
      new UserAttributes(path, follows).write(name, ByteBuffer.wrap(bytes));
    } else if (value instanceof ByteBuffer buffer) {
      new UserAttributes(path, follows).write(name, buffer);
    } else {
      throw new IllegalArgumentException("Cannot set user:" + name + ": its value is bytes.");
    }
  }
}
