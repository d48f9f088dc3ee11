// SPDX-License-Identifier: Apache-2.0
package io.kmesh.testkit.gcs;

import java.util.List;

/** Which call a request is. */
final class GcsRoutes {
  private final GcsObjectCalls objects;
  private final GcsListCalls lists;
  private final GcsMakeCalls makes;
  private final GcsUploadCalls uploads;
  private final GcsAuthCalls auth;

  /** A call, with the name by which it is counted and made to fail. */
  record Route(String operation, boolean needsToken, Call call) {}

  /** Answers a request. */
  interface Call {
    GcsReply answer(GcsRequest request) throws GcsError;
  }

  GcsRoutes(GcsState state, GcsMakeCalls makes, GcsUploadCalls uploads, GcsAuthCalls auth) {
    this.objects = new GcsObjectCalls(state);
    this.lists = new GcsListCalls(state);
    this.makes = makes;
    this.uploads = uploads;
    this.auth = auth;
  }

  Route of(GcsRequest request) throws GcsError {
    List<String> path = request.path();
    String method = request.method();
    String first = path.get(0);
    if (first.equals("token") && path.size() == 1) {
      return only("POST", method, new Route("oauth.token", false, auth::oauth));
    }
    if (path.equals(List.of("v1", "token"))) {
      return only("POST", method, new Route("sts.token", false, auth::sts));
    }
    if (path.size() == 5 && first.equals("v1") && path.get(3).equals("serviceAccounts")) {
      return only(
          "POST", method, new Route("iam.token", false, r -> auth.impersonate(r, r.path().get(4))));
    }
    if (first.equals("computeMetadata")) {
      return only("GET", method, new Route("metadata.token", false, auth::metadata));
    }
    if (first.equals("upload") || first.equals("resumable") || first.equals("download")) {
      int skipped = first.equals("resumable") ? 2 : 1;
      return storage(first, path.subList(skipped, path.size()), method);
    }
    if (first.equals("storage")) {
      return storage("", path, method);
    }
    if (path.size() == 2) {
      return only(
          "GET", method, new Route("xml.get", true, r -> objects.xml(r, path.get(0), path.get(1))));
    }
    throw new GcsError(404, "notFound", "Not Found");
  }

  private Route storage(String kind, List<String> path, String method) throws GcsError {
    if (path.size() < 4 || !path.subList(0, 3).equals(List.of("storage", "v1", "b"))) {
      throw new GcsError(404, "notFound", "Not Found");
    }
    String bucket = path.get(3);
    if (path.size() == 4) {
      return only("GET", method, new Route("buckets.get", true, r -> objects.bucket(r, bucket)));
    }
    if (path.size() == 5 && path.get(4).equals("storageLayout")) {
      return only(
          "GET",
          method,
          new Route("buckets.getStorageLayout", true, r -> objects.storageLayout(r, bucket)));
    }
    if (!path.get(4).equals("o")) {
      throw new GcsError(404, "notFound", "Not Found");
    }
    if (path.size() == 5) {
      return switch (kind) {
        case "" -> only("GET", method, new Route("objects.list", true, r -> lists.list(r, bucket)));
        case "upload", "resumable" ->
            new Route("objects.insert", true, r -> uploads.upload(r, bucket));
        default -> throw new GcsError(404, "notFound", "Not Found");
      };
    }
    String name = path.get(5);
    if (path.size() == 6) {
      return object(bucket, name, method);
    }
    if (path.size() == 7 && path.get(6).equals("compose")) {
      return only(
          "POST", method, new Route("objects.compose", true, r -> makes.compose(r, bucket, name)));
    }
    if (path.size() == 11 && path.get(7).equals("b") && path.get(9).equals("o")) {
      String to = path.get(8);
      String target = path.get(10);
      if (path.get(6).equals("rewriteTo")) {
        return only(
            "POST",
            method,
            new Route("objects.rewrite", true, r -> makes.rewrite(r, bucket, name, to, target)));
      }
      if (path.get(6).equals("copyTo")) {
        return only(
            "POST",
            method,
            new Route("objects.copy", true, r -> makes.copy(r, bucket, name, to, target)));
      }
    }
    throw new GcsError(404, "notFound", "Not Found");
  }

  private Route object(String bucket, String name, String method) throws GcsError {
    return switch (method) {
      case "GET" -> new Route("objects.get", true, r -> objects.get(r, bucket, name));
      case "DELETE" -> new Route("objects.delete", true, r -> objects.delete(r, bucket, name));
      case "PATCH" -> new Route("objects.patch", true, r -> objects.patch(r, bucket, name));
      default -> throw notAllowed(method);
    };
  }

  private static Route only(String allowed, String method, Route route) throws GcsError {
    if (!allowed.equals(method)) {
      throw notAllowed(method);
    }
    return route;
  }

  private static GcsError notAllowed(String method) {
    return new GcsError(405, "httpMethodNotAllowed", "Method " + method + " is not allowed.");
  }
}
