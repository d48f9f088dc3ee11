// SPDX-License-Identifier: Apache-2.0
package io.kmesh.bench.rules;

import java.lang.reflect.Constructor;
import java.lang.reflect.Executable;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Prints what a user of a module can name: public and protected, in exported packages. */
final class ApiDump {
  private ApiDump() {}

  /** One text for the given types; sorted, so that only a change of the API changes it. */
  static String of(Collection<Class<?>> types) {
    StringBuilder text = new StringBuilder();
    types.stream()
        .filter(ApiDump::visible)
        .sorted(Comparator.comparing(Class::getName))
        .forEach(type -> text.append(print(type)).append('\n'));
    return text.toString();
  }

  private static String print(Class<?> type) {
    StringBuilder text = new StringBuilder(type.toGenericString());
    if (type.isRecord()) {
      text.append('(')
          .append(
              Arrays.stream(type.getRecordComponents())
                  .map(ApiDump::component)
                  .collect(Collectors.joining(", ")))
          .append(')');
    }
    Type parent = type.getGenericSuperclass();
    if (parent != null && parent != Object.class && !type.isRecord() && !type.isEnum()) {
      text.append("\n    extends ").append(parent.getTypeName());
    }
    if (type.getGenericInterfaces().length > 0) {
      text.append(type.isInterface() ? "\n    extends " : "\n    implements ")
          .append(names(type.getGenericInterfaces()));
    }
    if (type.isSealed()) {
      text.append("\n    permits ").append(names(type.getPermittedSubclasses()));
    }
    text.append(" {\n");
    if (type.isEnum()) {
      text.append("  ").append(Arrays.toString(type.getEnumConstants())).append('\n');
    }
    for (String member : members(type)) {
      text.append("  ").append(member).append('\n');
    }
    return text.append("}\n").toString();
  }

  private static Set<String> members(Class<?> type) {
    Set<String> members = new TreeSet<>();
    for (Field field : type.getDeclaredFields()) {
      if (shown(type, field) && !field.isEnumConstant()) {
        members.add(field.toGenericString() + constant(field));
      }
    }
    List<Executable> executables = new ArrayList<>(List.of(type.getDeclaredConstructors()));
    executables.addAll(List.of(type.getDeclaredMethods()));
    for (Executable executable : executables) {
      if (shown(type, executable) && !inherent(type, executable)) {
        members.add(executable.toGenericString());
      }
    }
    return members;
  }

  /** What each enum and record has because it is one. */
  private static boolean inherent(Class<?> type, Executable executable) {
    int parameters = executable.getParameterCount();
    if (type.isEnum()) {
      return (executable.getName().equals("values") && parameters == 0)
          || (executable.getName().equals("valueOf") && parameters == 1);
    }
    if (!type.isRecord() || executable instanceof Constructor<?>) {
      return false;
    }
    boolean accessor =
        parameters == 0
            && Arrays.stream(type.getRecordComponents())
                .map(RecordComponent::getName)
                .anyMatch(executable.getName()::equals);
    boolean object =
        (parameters == 0 && Set.of("hashCode", "toString").contains(executable.getName()))
            || (parameters == 1 && executable.getName().equals("equals"));
    return accessor || object;
  }

  private static boolean shown(Class<?> type, Member member) {
    if (member.isSynthetic() || (member instanceof Method method && method.isBridge())) {
      return false;
    }
    return Modifier.isPublic(member.getModifiers())
        || (Modifier.isProtected(member.getModifiers()) && !Modifier.isFinal(type.getModifiers()));
  }

  private static boolean visible(Class<?> type) {
    Class<?> outer = type.getEnclosingClass();
    boolean open =
        Modifier.isPublic(type.getModifiers()) || Modifier.isProtected(type.getModifiers());
    return open && !type.isAnonymousClass() && (outer == null || visible(outer));
  }

  private static String component(RecordComponent component) {
    return component.getGenericType().getTypeName() + " " + component.getName();
  }

  private static String names(Type[] types) {
    return Arrays.stream(types).map(Type::getTypeName).sorted().collect(Collectors.joining(", "));
  }

  /** The value, where compilers copy it into their callers. */
  private static String constant(Field field) {
    boolean copied = field.getType().isPrimitive() || field.getType() == String.class;
    if (!copied
        || !Modifier.isStatic(field.getModifiers())
        || !Modifier.isFinal(field.getModifiers())
        || !Modifier.isPublic(field.getModifiers())) {
      return "";
    }
    try {
      return " = " + field.get(null);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(e);
    }
  }
}
