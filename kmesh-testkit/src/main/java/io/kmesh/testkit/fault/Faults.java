// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.fault;

import io.kmesh.spi.key.SecretBytes;
import io.kmesh.spi.key.WrappedKey;
import io.kmesh.spi.state.StateChange;
import io.kmesh.spi.state.StateRecord;
import io.kmesh.spi.store.ListPage;
import io.kmesh.spi.store.ObjectRange;
import io.kmesh.spi.time.KmeshTime;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Puts a plan between an implementation of a service provider interface and its caller: keys, time,
 * observers and archive back ends like stores, states, trees and Lustre, which have wrappers of
 * their own. What the implementation returns of such interfaces (a directory, a file, a facet, a
 * session) is wrapped too. Where a method declares no {@link IOException}, a planned failure comes
 * as an {@link java.io.UncheckedIOException}.
 *
 * <pre>{@code
 * KeyProvider keys = Faults.wrap(KeyProvider.class, real, FaultPlan.on("unwrap").fail(1, DENIED), time);
 * }</pre>
 */
public final class Faults {
  private static final String SPI = "io.kmesh.spi.";

  /** Methods that are asked for facts and never fail. */
  private static final Set<String> FACTS =
      Set.of("uri", "capabilities", "limits", "description", "name", "priority", "isUsable");

  private Faults() {}

  /**
   * Wraps an implementation.
   *
   * @param spi the interface, such as {@code KeyProvider.class}
   * @param time what delays and throttling go by
   */
  public static <T> T wrap(Class<T> spi, T implementation, FaultPlan plan, KmeshTime time) {
    return wrap(spi, implementation, FaultInjector.start(plan, time));
  }

  /**
   * Wraps an implementation with a running plan.
   *
   * @param spi the interface, such as {@code Archiver.class}
   */
  public static <T> T wrap(Class<T> spi, T implementation, FaultInjector injector) {
    return spi.cast(wrap(implementation, injector, Set.of(spi)));
  }

  private static Object wrap(Object implementation, FaultInjector injector, Set<Class<?>> types) {
    ClassLoader loader = types.iterator().next().getClassLoader();
    return Proxy.newProxyInstance(
        loader, types.toArray(Class<?>[]::new), new Handler(implementation, injector));
  }

  private record Handler(Object target, FaultInjector injector) implements InvocationHandler {
    @Override
    public @Nullable Object invoke(Object proxy, Method method, Object @Nullable [] given)
        throws Throwable {
      Object[] arguments = given == null ? new Object[0] : given.clone();
      for (int i = 0; i < arguments.length; i++) {
        arguments[i] = unwrap(arguments[i]);
      }
      if (method.getDeclaringClass() == Object.class) {
        return ofObject(proxy, method, arguments);
      }
      if (isFree(method)) {
        return wrapResult(call(method, arguments));
      }
      injector.crashPoint().before(method.getName());
      FaultInjector.Decision decision =
          injector.decide(method.getDeclaringClass().getSimpleName(), method.getName(), arguments);
      return CompletionStage.class.isAssignableFrom(method.getReturnType())
          ? later(method, arguments, decision)
          : now(method, arguments, decision);
    }

    private Object ofObject(Object proxy, Method method, Object[] arguments) {
      return switch (method.getName()) {
        case "equals" -> proxy == arguments[0] || target.equals(arguments[0]);
        case "hashCode" -> target.hashCode();
        default -> "Faulty(" + target + ")";
      };
    }

    // Facets, facts and closing are no operations: leaks are another test's matter.
    private static boolean isFree(Method method) {
      return FACTS.contains(method.getName())
          || method.getName().equals("close")
          || method.getName().equals("blocking")
          || (method.getParameterCount() == 0 && method.getExceptionTypes().length == 0);
    }

    private @Nullable Object now(Method method, Object[] arguments, FaultInjector.Decision decision)
        throws Throwable {
      pause(decision.delay());
      IOException failure = decision.failure();
      if (failure != null) {
        throw declared(method, failure);
      }
      Damage damage = new Damage(injector, decision);
      Object[] sent = damage.arguments(method, arguments);
      Object result = call(method, sent);
      result = damage.result(method, arguments, result);
      afterwards(method, decision);
      if (decision.isReplyLost()) {
        throw declared(method, FaultInjector.lost(method.getName(), arguments));
      }
      return wrapResult(result);
    }

    private CompletionStage<?> later(
        Method method, Object[] arguments, FaultInjector.Decision decision) throws Throwable {
      if (decision.delay().isZero()) {
        return begin(method, arguments, decision);
      }
      CompletableFuture<@Nullable Object> delayed = new CompletableFuture<>();
      injector
          .time()
          .schedule(
              decision.delay(),
              () -> {
                try {
                  begin(method, arguments, decision)
                      .whenComplete(
                          (value, failure) -> {
                            if (failure == null) {
                              delayed.complete(value);
                            } else {
                              delayed.completeExceptionally(failure);
                            }
                          });
                } catch (Throwable e) {
                  delayed.completeExceptionally(e);
                }
              });
      return delayed;
    }

    private CompletionStage<@Nullable Object> begin(
        Method method, Object[] arguments, FaultInjector.Decision decision) throws Throwable {
      IOException failure = decision.failure();
      if (failure != null) {
        return CompletableFuture.failedFuture(failure);
      }
      Damage damage = new Damage(injector, decision);
      Object[] sent = damage.arguments(method, arguments);
      CompletionStage<?> stage = (CompletionStage<?>) call(method, sent);
      if (stage == null) {
        throw new IllegalStateException(method + " of " + target + " returned no stage.");
      }
      return stage.thenCompose(
          value -> {
            Object result = damage.result(method, arguments, value);
            afterwards(method, decision);
            return decision.isReplyLost()
                ? CompletableFuture.<@Nullable Object>failedFuture(
                    FaultInjector.lost(method.getName(), arguments))
                : CompletableFuture.completedFuture(wrapResult(result));
          });
    }

    private void afterwards(Method method, FaultInjector.Decision decision) {
      injector.crashPoint().after(method.getName());
      if (decision.crashesAfter()) {
        injector.crash("after a call of " + method.getName());
      }
    }

    private void pause(Duration delay) throws InterruptedIOException {
      if (delay.isZero()) {
        return;
      }
      try {
        injector.time().sleep(delay);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted in a planned delay of " + delay);
      }
    }

    private @Nullable Object call(Method method, Object[] arguments) throws Throwable {
      try {
        return method.invoke(target, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause() == null ? e : e.getCause();
      }
    }

    private static Throwable declared(Method method, IOException failure) {
      for (Class<?> type : method.getExceptionTypes()) {
        if (type.isInstance(failure) || type.isAssignableFrom(IOException.class)) {
          return failure;
        }
      }
      return new UncheckedIOException(failure);
    }

    private @Nullable Object wrapResult(@Nullable Object result) {
      if (result == null) {
        return null;
      }
      Set<Class<?>> types = spiInterfaces(result.getClass());
      return types.isEmpty() ? result : wrap(result, injector, types);
    }
  }

  private static Object unwrap(Object argument) {
    return argument != null
            && Proxy.isProxyClass(argument.getClass())
            && Proxy.getInvocationHandler(argument) instanceof Handler h
        ? h.target
        : argument;
  }

  private static Set<Class<?>> spiInterfaces(Class<?> type) {
    Set<Class<?>> found = new LinkedHashSet<>();
    if (type.isRecord() || type.isEnum()) {
      return found;
    }
    for (Class<?> t = type; t != null; t = t.getSuperclass()) {
      for (Class<?> i : t.getInterfaces()) {
        if (i.getName().startsWith(SPI) && !i.isSealed()) {
          found.add(i);
        }
      }
    }
    return found;
  }

  /** The data of one call, given or taken. */
  private record Damage(FaultInjector injector, FaultInjector.Decision decision) {
    /** What is sent: damaged where the call gives data. */
    Object[] arguments(Method method, Object[] arguments) {
      Object[] sent = arguments.clone();
      if (!decision.damagesData() || method.getName().equals("read")) {
        return sent;
      }
      for (int i = 0; i < sent.length; i++) {
        if (sent[i] instanceof ByteBuffer b) {
          sent[i] = ByteBuffer.wrap(damaged(b));
        } else if (sent[i] instanceof byte[] b) {
          sent[i] = injector.damage(b, decision);
        } else if (sent[i] instanceof List<?> list) {
          sent[i] = first(list);
        }
      }
      return sent;
    }

    private byte[] damaged(ByteBuffer buffer) {
      byte[] bytes = new byte[buffer.remaining()];
      buffer.duplicate().get(bytes);
      return injector.damage(bytes, decision);
    }

    /** What is received: damaged where the call takes data, old where lists are stale. */
    @Nullable Object result(Method method, Object[] arguments, @Nullable Object result) {
      Object seen = result;
      if (decision.isStale()) {
        String request = method.getName() + Arrays.toString(arguments);
        if (seen instanceof ListPage page) {
          seen = injector.stale(request, page, new ListPage(List.of(), null));
        } else if (seen instanceof List<?> list) {
          seen = injector.stale(request, List.copyOf(list), List.of());
        }
      }
      if (!decision.damagesData()) {
        return seen;
      }
      if (seen instanceof ObjectRange r) {
        return new ObjectRange(r.info(), r.offset(), ByteBuffer.wrap(damaged(r.data())));
      }
      if (seen instanceof byte[] b) {
        return injector.damage(b, decision);
      }
      if (seen instanceof Optional<?> o && o.isPresent()) {
        return Optional.of(value(o.get()));
      }
      if (seen instanceof List<?> list) {
        return first(list);
      }
      if (seen instanceof Integer count && method.getName().equals("read")) {
        return damageRead(arguments, count);
      }
      return seen == null ? null : value(seen);
    }

    /** A list in which the first value that holds data is damaged. */
    private List<?> first(List<?> list) {
      List<Object> values = new ArrayList<>(list);
      for (int i = 0; i < values.size(); i++) {
        Object damaged = value(values.get(i));
        if (damaged != values.get(i)) {
          values.set(i, damaged);
          break;
        }
      }
      return values;
    }

    private Object value(Object value) {
      if (value instanceof byte[] b) {
        return injector.damage(b, decision);
      }
      if (value instanceof StateRecord r) {
        return new StateRecord(
            r.key(), r.owner(), r.format(), r.version(), injector.damage(r.payload(), decision));
      }
      if (value instanceof StateChange.Put p) {
        return new StateChange.Put(
            p.key(),
            p.owner(),
            p.format(),
            injector.damage(p.payload(), decision),
            p.expectedVersion());
      }
      if (value instanceof WrappedKey k) {
        return new WrappedKey(k.reference(), k.keyVersion(), injector.damage(k.sealed(), decision));
      }
      if (value instanceof SecretBytes b) {
        return SecretBytes.copyOf(injector.damage(b.reveal(), decision));
      }
      return value;
    }

    /** A read into the caller's buffer, which stands behind what was read. */
    private Integer damageRead(Object[] arguments, int count) {
      if (count <= 0 || !(arguments[0] instanceof ByteBuffer target)) {
        return count;
      }
      int from = target.position() - count;
      byte[] bytes = new byte[count];
      target.get(from, bytes);
      byte[] damaged = injector.damage(bytes, decision);
      target.put(from, damaged);
      target.position(from + damaged.length);
      return damaged.length == 0 ? -1 : damaged.length;
    }
  }
}
