// Loads a Turtle file into RDF4J's store in memory, asks it a query that calls a SERVICE, and prints each row on a
// line, its values with tabs between.
// Arguments: the Turtle file, the file of the query.

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.eclipse.rdf4j.query.BindingSet;
import org.eclipse.rdf4j.query.TupleQueryResult;
import org.eclipse.rdf4j.query.algebra.evaluation.federation.FederatedService;
import org.eclipse.rdf4j.repository.sail.SailRepository;
import org.eclipse.rdf4j.repository.sparql.federation.RepositoryFederatedService;
import org.eclipse.rdf4j.repository.sparql.federation.SPARQLServiceResolver;
import org.eclipse.rdf4j.rio.RDFFormat;
import org.eclipse.rdf4j.sail.memory.MemoryStore;

public class AskRdf4j {
  public static void main(String[] arguments) throws Exception {
    SailRepository repository = new SailRepository(new MemoryStore());
    repository.setFederatedServiceResolver(new SPARQLServiceResolver() {
      @Override
      protected FederatedService createService(String url) {
        RepositoryFederatedService service = (RepositoryFederatedService) super.createService(url);
        service.setBoundJoinBlockSize(1000);
        return service;
      }
    });
    try (var connection = repository.getConnection()) {
      connection.add(new File(arguments[0]), RDFFormat.TURTLE);
      String query = Files.readString(Path.of(arguments[1]));
      try (TupleQueryResult rows = connection.prepareTupleQuery(query).evaluate()) {
        for (BindingSet row : rows) {
          System.out.println(rows.getBindingNames().stream().map(name -> row.getValue(name).stringValue())
              .collect(Collectors.joining("\t")));
        }
      }
    } finally {
      repository.shutDown();
    }
  }
}
